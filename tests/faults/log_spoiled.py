"""Ways to spoil a server's log around one deploy (log_cases.py)."""

from log_cases import around, case, each

# ---- the file ----------------------------------------------------------


@case
def rotated_by_rename(run):
    around(run, each(run, lambda server: server.rotate("rename")))


@case
def logrotate_create(run):
    around(run, each(run, lambda server: server.logrotate("create")))


@case
def logrotate_copytruncate(run):
    around(run, each(run, lambda server: server.logrotate("copytruncate")))


@case
def cut_and_grown_again(run):
    """Truncated under the lock, and longer than before when it is looked at."""
    def harm(server):
        server.rotate("copytruncate")
        server.append(server.line("filler " * 40, logger="zato") * 300)
    around(run, each(run, harm))


@case
def rotated_twice_between_two_looks(run):
    """The word stands in the middle file."""
    how = run.rng.choice(["create", "rename"])
    run.knob(delay=0.25)
    run.deploy()
    run.delivered()
    with run.field.blind():
        for server in run.servers:
            server.append(server.line("before", logger="zato"))
            server.rotate(how)
        run.wait_said()
        for server in run.servers:
            server.rotate(how)
            for _ in range(run.rng.randint(0, 2)):
                server.append(server.line("after", logger="zato"))
                server.rotate(how)


@case
def the_server_writes_on_into_the_renamed_file(run):
    """As a plain file handler does; a new empty one may be there or not."""
    new = run.rng.random() < 0.5

    def harm(server):
        server.rotate("hold")
        if new:
            server.log.touch()
    around(run, each(run, harm))


@case
def deleted(run):
    def harm(server):
        server.log.unlink(missing_ok=True)
    around(run, each(run, harm))


@case
def deleted_and_there_again(run):
    def harm(server):
        server.log.unlink(missing_ok=True)
        server.append(server.line("begins anew", logger="zato") *
                      run.rng.choice([1, 300]))
    around(run, each(run, harm))


# ---- what stands in it -------------------------------------------------


@case
def a_line_of_ten_megabytes(run):
    record = run.rng.random() < 0.5

    def harm(server):
        text = "x" * (10 << 20)
        server.append(server.line(text, logger="zato") if record
                      else text.encode() + b"\n")
    around(run, each(run, harm))


@case
def bytes_of_any_kind(run):
    def harm(server):
        server.append(b"\0" * 5000 + b"\n" + run.rng.randbytes(3000) +
                      b"\n\xc3\n\xff\xfe\n" +
                      server.line("a \0 within", logger="zato") + b"\r\n\n")
    around(run, each(run, harm))


@case
def torn_lines(run):
    """Written byte by byte, so that UTF-8 is split too."""
    run.name("dienst.\u00fcber.\u4e2d\u6587")
    size = run.rng.choice([1, 2, 3]) if run.kind == "good" else 17
    run.knob(pieces=size)
    run.deploy()


@case
def slow_lines(run):
    run.knob(rate=run.rng.choice([1000, 5000]))
    run.deploy()
    run.sure = False  # they may take longer than there is time


@case
def colours_everywhere(run):
    def harm(server):
        line = server.line("\033[1;31mERROR\033[0m \033[0K", logger="zato")
        server.append(b"\033[2J" + line + b"\033[1m" + line + line)
    around(run, each(run, harm))


@case
def a_flood(run):
    run.knob(flood=run.rng.choice([500, 4000]), flood_size=300)
    run.deploy()


@case
def two_lines_for_one_trigger(run):
    run.knob(double="on")
    run.deploy()
