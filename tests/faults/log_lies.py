"""Ways in which a server's log lies, or speaks of other deploys, around one
deploy (log_cases.py)."""

import os
import threading
import time

from log_cases import around, case, each
from log_ground import CREATE, STORE

# ---- words that are no proof -------------------------------------------


def keep_saying(run, lines):
    """Each server's log gets these lines from delivery on, again and again."""
    run.knob(delay=0.2)
    run.deploy()
    run.delivered()
    for _ in range(4):
        for server in run.servers:
            for pid in server.pids():
                server.append(b"".join(lines(server, pid)))
        time.sleep(0.08)  # the servers' words come between


def forged(run, server, pid, way):
    other = os.path.join(server.folder, "work", "elsewhere")
    say = server.good_line
    module, service = run.module, run.service
    return {
        "logger": lambda: say(module, service, pid=pid,
                              logger=run.rng.choice(
                                  ["crm", "zato", "zato.hot-deploy.create2"])),
        "path": lambda: say(module, service, folder=other, pid=pid),
        "fields": lambda: server.line(
            "said - {}:0 - Deployed 1 service from `{}/{}` -> ['{}']".format(
                CREATE, server.held, module, service), logger="crm", pid=pid),
        "module": lambda: say("x" + module, service, pid=pid),
        "server": lambda: say(
            module, service, pid=pid,
            folder=str(server.held).replace(
                str(server.folder), str(server.folder) + "0")),
        "undated": lambda: say(module, service, pid=pid)[11:],
        "quoted": lambda: server.line("he said: ", pid=pid) +
        b"  " + say(module, service, pid=pid),
        "traceback": lambda: server.line(
            "Could not load source, file_name:`{}`, e:`Traceback (most recent "
            "call last):\n  File \"x\", line 1\nValueError: it said".format(
                os.path.join(server.held, "other.py")), logger=STORE,
            pid=pid) + say(module, service, pid=pid) + b"`\n",
    }[way]()


@case
def forged_lines(run):
    ways = ["logger", "module", "undated", "quoted"]
    if run.ground.profile != "zato-2":
        ways += ["fields", "path", "server", "traceback"]
    else:  # which logger speaks there is not known
        ways.remove("logger")
    way = run.rng.choice(ways)
    run.note(way)
    run.choose(["raises", "import", "good"])
    keep_saying(run, lambda server, pid: [forged(run, server, pid, way)])


@case
def a_forged_logger(run):
    """While ours fails, a service logs the very words under its own name."""
    run.choose(["raises"])
    # Which logger speaks in 2.0 is not known: docs/truth.md says so.
    way = "module" if run.ground.profile == "zato-2" else "logger"
    keep_saying(run, lambda server, pid: [forged(run, server, pid, way)])


@case
def its_own_exception_quotes_success(run):
    """The module's exception holds, as a line of its own, the very words."""
    run.choose(["raises"])
    thread = run.rng.choice(["Dummy-6", "Dummy-90"])
    line = run.servers[0].good_line(run.module, run.service, thread=thread,
                                    pid=1234567)
    run.body = (
        "import os\nraise ValueError({!r}.replace('1234567', str(os.getpid()))"
        " * 3)".format("it said\n" + line.decode()))
    run.deploy()


@case
def anothers_traceback_names_it(run):
    """Another module's failure passes through ours."""
    def lines(server, pid):
        held = server.held
        return [server.line(
            "Could not load source, file_name:`{0}/other.py`, e:`Traceback "
            "(most recent call last):\n  File \"{0}/other.py\", line 1, in "
            "<module>\n    import {1}\n  File \"{0}/{1}.py\", line 3, in "
            "<module>\n    x = y\nNameError: name 'y' is not defined\n`"
            .format(held, run.module[:-3]), logger=STORE, pid=pid)]
    keep_saying(run, lines)


@case
def the_listeners_line(run):
    run.choose(["raises", "import", "good"])

    def lines(server, pid):
        del pid
        path = os.path.join(server.place.pickup, run.module)
        line = server.line("x").split(b" - ")[0] + (
            " - INFO - __main__:449 - Deployed -> {}\n".format(path)).encode()
        with open(server.place.listener_log, "ab") as file:
            file.write(line)
        return [line]
    keep_saying(run, lines)


@case
def a_server_that_lies(run):
    """It logs the deploy and does not make it."""
    run.before()
    run.knob(witness="on")
    run.deploy()
    run.sure = False


@case
def words_of_before(run):
    """Good lines of an older version stand in the log and beside it."""
    run.before()
    for server in run.servers:
        copy = server.log.with_name("server.log.old")
        copy.write_bytes(server.log.read_bytes())
    run.choose(["raises", "import", "good"])

    def harm(server):
        if run.rng.random() < 0.5:
            server.log.with_name("server.log.1").write_bytes(
                server.log.read_bytes())
        server.rotate("create")
    around(run, each(run, harm))


# ---- other deploys -----------------------------------------------------


@case
def an_older_version_first(run):
    """Somebody's older version is taken up first, by the same notice."""
    run.before()
    run.choose(["good", "raises"])
    run.knob(foreign="before")
    if run.rng.random() < 0.5:
        run.note("unseen")
        run.knob(delay=0.1)
        run.deploy()
        run.delivered()
        with run.field.blind():
            run.wait_said(2 if run.kind == "good" else 1, good=True)
            run.wait_idle()
    else:
        run.deploy()
    run.sure = not run.ground.in_place


@case
def an_older_version_first_and_ours_fails_unseen(run):
    """The older one's good line is read when ours lies there already."""
    run.before()
    run.choose(["raises"])
    run.knob(foreign="before", delay=0.1)
    run.deploy()
    run.delivered()
    with run.field.blind():
        run.wait_said()
        run.wait_idle()
    run.sure = not run.ground.in_place


@case
def an_older_version_after_or_instead(run):
    run.before()
    run.choose(["good", "raises"])
    run.knob(foreign=run.rng.choice(["after", "instead"]))
    run.deploy()
    run.sure = False


@case
def a_colleague_at_the_same_moment(run):
    """Another version, of the same size or not, is written by hand."""
    if run.rng.random() < 0.5:
        run.before()
    run.choose(["good", "raises", "import"])
    same = run.rng.random() < 0.5
    other = run.ground.source(
        run.other_token(same), run.service,
        "" if run.rng.random() < 0.7 else "import nosuchmodule")
    pause = run.rng.uniform(0, 0.08)
    paths = [os.path.join(server.place.pickup, run.module)
             for server in (run.servers if run.ground.in_place
                            else run.servers[:1])]

    def write():
        time.sleep(pause)
        for path in paths:
            with open(path, "w", encoding="utf-8") as file:
                file.write(other)
    thread = threading.Thread(target=write)
    thread.start()
    time.sleep(run.rng.uniform(0, 0.05))
    run.deploy()
    thread.join()
    run.sure = False
    run.other = other


@case
def the_same_size_in_the_same_second(run):
    """Python would run the older version's bytecode."""
    run.choose(["good"])
    other = run.ground.source(run.other_token(True), run.service)
    time.sleep(1 - time.time() % 1)
    with open(os.path.join(run.servers[0].place.pickup, run.module), "w",
              encoding="utf-8") as file:
        file.write(other)
    if run.rng.random() < 0.7:
        run.servers[0].wait_loaded(run.other_token(True))
    run.deploy()
    run.sure = False


@case
def a_dependant_is_redeployed(run):
    run.before("dependant.py", "dependant.get")
    run.knob(dependants="dependant.py")
    run.deploy()


@case
def ours_is_the_dependant(run):
    """While it is deployed, somebody deploys what it depends on: the server
    takes the older version up again."""
    run.before()
    run.choose(["good", "raises"])
    run.knob(dependants=run.module)
    base = os.path.join(run.servers[0].place.pickup, "base.py")
    with open(base, "w", encoding="utf-8") as file:
        file.write(run.ground.source("base" + run.token, "base.get"))
    time.sleep(run.rng.uniform(0, 0.15))
    run.deploy()
    run.sure = False


@case
def a_server_that_starts(run):
    """It logs what it finds, old versions first, maybe in a flood."""
    run.before()
    run.choose(["good", "raises", "import"])
    server = run.servers[-1]
    options = ["--set", "start-newest=on", "--set",
               f"start-delay={run.rng.choice([0, 0.3])}"]
    if run.rng.random() < 0.5:
        options += ["--set", "flood=3000"]
    run.ground.servers.stop(server.name)
    run.ground.servers.options = options
    thread = threading.Thread(
        target=run.ground.servers.start, args=(server.name,))
    thread.start()
    try:
        time.sleep(run.rng.uniform(0, 0.4))
        run.deploy()
        run.delivered()
    finally:
        thread.join()
        run.ground.servers.options = []
    run.turned.update(["flood", "start-newest"])
    run.sure = False
