"""Faults tell the truth, also those that last: from one call on, no file of
the history or of the server can be written, read, flushed or closed. strace counts what
wakes the loop as well, which never fails, so a library in front of the C
library (failfiles.c) does it, for plain files only."""

import contextlib
import uuid

import pytest

import figures
import planted
from bridge import RpcError, wait_until
from fault_trials import Trials
from preload import Preload

CALLS = {"write": 1, "read": 2, "pread": 4, "close": 8, "flush": 16}
# Of each kind of call, in the short form.
SAMPLE = 4


class Shim(Preload):
    """Calls on files of those folders."""

    def __init__(self, folder, folders):
        super().__init__("failfiles", folder)
        self.folders = folders
        self.told = (0, 0)  # how many calls there were, and how many failed

    def environment(self):
        return super().environment(
            HB_FAIL_FOLDERS=":".join(map(str, self.folders)))

    @contextlib.contextmanager
    def failing(self, call, number):
        """Those calls fail from that one on; gives what gives no trace."""
        self.arm(CALLS[call], number)
        try:
            yield None
        finally:
            self.told = self.disarm()


@contextlib.contextmanager
def trials_of(folder):
    trials = Trials(folder)
    shim = Shim(folder, [trials.bridge.history, trials.server.folder])
    trials.bridge.environment.update(shim.environment())
    with trials:
        trials.deploy("crm.py")
        yield trials, shim


def calls_of(trials, shim, call):
    """How many a module's first deploy makes, or a later one."""
    most = 0
    for module in (f"{call}.py", "crm.py"):
        with shim.failing(call, 0):
            trials.deploy(module)
        most = max(most, shim.told[0])
    return most


def spread(count, most):
    """The first and the last of so many, and some in between."""
    if most is None or count <= most:
        return range(1, count + 1)
    return sorted({1 + number * (count - 1) // (most - 1)
                   for number in range(most)})


def fail(trials, shim, call, number):
    """Gives whether any failed."""
    where = f"EIO for each {call} from {number}"
    wrong = len(trials.wrong)
    trials.trial(shim.failing(call, number), where)
    for one in trials.wrong[wrong:]:
        print(one, flush=True)
    return shim.told[1] > 0


def test_calls_of_a_deploy_fail_from_there_on(tmp_path):
    hit = 0
    with trials_of(tmp_path) as (trials, shim):
        for call in CALLS:
            # Twice: the way of a first deploy, and that of a later one.
            for number in spread(calls_of(trials, shim, call),
                                 figures.size(SAMPLE, None)):
                hit += fail(trials, shim, call, number)
                if figures.FULL:
                    hit += fail(trials, shim, call, number)
        trials.check_history()
        figures.tell(
            "faults-lasting", f"{hit} faults that last: {trials.told()}",
            "0 of each, well again after 5 s", not trials.wrong and
            hit >= figures.size(8, 50), wrong=trials.wrong)


# Of a deploy: the attempt's, the module's, the outcome's.
FLUSHES = 3


def test_what_cannot_be_flushed_stays_in_the_journal(tmp_path):
    with trials_of(tmp_path) as (trials, shim):
        journal = trials.bridge.history / "hotbridge.journal"
        if not journal.exists():
            pytest.skip("nothing is kept in memory")

        def is_empty():
            return journal.read_bytes()[:4] == bytes(4)
        wait_until(is_empty, "a quiet moment")
        with shim.failing("flush", FLUSHES + 1):
            trials.deploy("crm.py")
            wait_until(lambda: "it stays in the journal" in
                       trials.bridge.log.read_text(), "a flush that fails")
            assert not is_empty()
        trials.deploy("crm.py")
        trials.leave()
        assert trials.bridge.stop() == 0
        assert is_empty()
        trials.start()
        trials.check_history()


def commits(trials):
    return trials.bridge.git("rev-list", "--count", "dev").strip()


def start(trials, shim, number):
    """A bridge that comes to be, or says why not, while nothing can be read
    from that call on; gives how many were counted."""
    with shim.failing("read", number):
        try:
            trials.start()
        except AssertionError:
            trials.gone()
        else:
            trials.leave()
            trials.bridge.stop()
    return shim.told[0]


def test_a_start_takes_no_unreadable_history_for_a_damaged_one(tmp_path):
    """Nor puts away what it cannot read for an object that is not whole."""
    with trials_of(tmp_path) as (trials, shim):
        for _ in range(3):
            trials.deploy("crm.py")
        trials.bridge.wait_for_no_pending()
        before = commits(trials)
        trials.leave()
        trials.bridge.stop()
        count = start(trials, shim, 0)
        for number in spread(count, figures.size(8, None)):
            start(trials, shim, number)
            where = f"EIO for each read from {number} of a start"
            aside = sorted(path.name for path in
                           trials.bridge.history.parent.glob("*.damaged*"))
            assert not aside, where
            assert not list(trials.bridge.history.glob("hotbridge.torn/*")), \
                where
            assert commits(trials) == before, where
        trials.start()
        trials.deploy("crm.py")
        trials.bridge.wait_for_no_pending()
        trials.check_history()


@pytest.mark.parametrize("known", [True, False])
def test_what_version_a_server_is_cannot_be_read(tmp_path, known):
    """It is what it was; where that is not known, the deploy says so."""
    trials = Trials(tmp_path)
    info = trials.server.folder / ".zato-info"
    shim = Shim(tmp_path, [info])
    trials.bridge.environment.update(shim.environment())
    with trials:
        if known:
            trials.deploy("crm.py")
        with shim.failing("read", 1):
            for _ in range(2):
                deploy = trials.client.deploy("crm.py", trials.source())
                told = [one["message"] for one in deploy["warnings"]
                        if one["code"] == "no-rules"]
                assert deploy["outcome"] == (
                    "deployed" if known else "unconfirmed"), deploy
                assert len(told) == (not known), deploy
                assert all(f"{info}: Input/output error" in one
                           for one in told), told
        assert shim.told[1] >= 2
        trials.deploy("other.py")


def test_back_from_where_cannot_be_told(tmp_path):
    """A step back begins at what lies there."""
    trials = Trials(tmp_path)
    shim = Shim(tmp_path, [trials.server.pickup])
    trials.bridge.environment.update(shim.environment())
    with trials:
        first = trials.deploy("crm.py")
        trials.deploy("crm.py")
        params = {"target": "dev", "module": "crm.py"}
        with shim.failing("read", 1), pytest.raises(RpcError) as caught:
            trials.client.call("rollback", {"id": str(uuid.uuid4()), **params})
        assert caught.value.reason == "delivery", caught.value
        assert "crm.py" in caught.value.message
        deploy = trials.client.call("rollback", {"id": str(uuid.uuid4()),
                                                 **params})
        assert deploy["outcome"] == "deployed", deploy
        assert trials.pickup("crm.py") == first.encode()


def test_a_defect_is_noticed(tmp_path):
    with planted.defect("write-error-swallowed"), \
            trials_of(tmp_path) as (trials, shim):
        for number in spread(calls_of(trials, shim, "write"), None):
            fail(trials, shim, "write", number)
            if trials.count("torn"):
                return
        raise AssertionError(f"not noticed; only: {trials.wrong}")
