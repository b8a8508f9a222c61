"""What the cases of the suite of hostile logs have in common.

Each case is a function of a Run (log_run.py) that spoils a log (log_spoiled.py)
or lets it lie (log_lies.py) around one deploy: it does its harm and deploys
once. `run.sure = False` says that the evidence is destroyed or is in doubt by
the rules of docs/truth.md, so that `unconfirmed` is a right answer too.
"""

CASES = []


def case(function):
    CASES.append(function)
    return function


def around(run, harm):
    """Does the harm before the deploy, between delivery and the servers'
    words, or after their words but before the bridge could read them."""
    when = run.rng.choice(["before", "during", "unseen"])
    run.note(when)
    if when == "before":
        harm()
        run.deploy()
        return
    run.knob(delay=0.25)
    run.deploy()
    run.delivered()
    if when == "during":
        harm()
        return
    with run.field.blind():
        run.wait_said()
        harm()


def each(run, harm):
    """The harm for one server or for all."""
    servers = run.rng.sample(run.servers, run.rng.randint(1, len(run.servers)))

    def all_of_them():
        for server in servers:
            harm(server)
    return all_of_them
