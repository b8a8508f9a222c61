"""Holds docs/protocol.md to the messages in this folder.

Run by itself or under pytest; it needs nothing but Python.
"""

import hashlib
import hmac
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
DOC = (HERE.parent.parent / "docs" / "protocol.md").read_text(encoding="utf-8")
MANIFEST = json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))


def ordered(text):
    """JSON with the order of members kept, to be compared."""
    return json.loads(text, object_pairs_hook=lambda pairs: ("object", pairs))


def read(name):
    return (HERE / name).read_text(encoding="utf-8")


def load(name):
    return json.loads(read(name))


def entries(kind):
    return MANIFEST[kind]


def examples():
    found = re.findall(r"^```json\n(.*?)^```$", DOC, re.DOTALL | re.MULTILINE)
    assert len(found) > 20
    return found


def section(title):
    """The text below a heading, up to the next one of any level."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#+ |\Z)", DOC,
                      re.DOTALL | re.MULTILINE)
    assert found, f"there is no section {title}"
    return found.group(1)


def first_column(text):
    return set(re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE))


def test_every_example_is_a_golden_message():
    golden = [ordered(path.read_text(encoding="utf-8"))
              for folder in ("valid", "bridge", "files")
              for path in sorted((HERE / folder).glob("*.json"))]
    for example in examples():
        assert ordered(example) in golden, f"no such message: {example}"


def test_the_manifest_names_every_message_once():
    named = [entry["file"] for kind in MANIFEST for entry in entries(kind)]
    there = [str(path.relative_to(HERE))
             for kind in MANIFEST for path in (HERE / kind).iterdir()]
    assert sorted(named) == sorted(there)


def test_every_method_has_a_heading_and_a_message():
    methods = {entry["method"] for entry in entries("valid")}
    headings = set(re.findall(r"^#+ ([a-z]+(?:/[a-z]+)?)$", DOC, re.MULTILINE))
    assert methods == headings - {"deploy/changed", "targets/changed"}
    kinds = {entry["kind"] for entry in entries("bridge")}
    assert {"deploy/changed", "targets/changed", "error"} <= kinds


def test_every_reason_is_described_and_has_a_message():
    errors = [load(entry["file"])["error"] for entry in entries("bridge")
              if entry["kind"] == "error"]
    reasons = {error["data"]["reason"] for error in errors if "data" in error}
    assert reasons == first_column(section("Errors"))
    codes = {error["code"] for error in errors}
    assert codes == {-32700, -32600, -32601, -32602, -32603, -32000}


def test_words_of_messages_are_described():
    words = {"state": first_column(section("State")),
             "outcome": first_column(section("Outcome")),
             "server": first_column(section("A server in a Deploy")),
             "warning": first_column(section("A warning"))}
    seen = {"state": set(), "outcome": set(), "server": set(),
            "warning": set()}
    for entry in entries("bridge"):
        for deploy in deploys_in(load(entry["file"])):
            seen["state"].add(deploy["state"])
            seen["outcome"].add(deploy.get("outcome"))
            seen["server"] |= {s["state"] for s in deploy["servers"]}
            seen["warning"] |= {w["code"] for w in deploy["warnings"]}
    seen["outcome"].discard(None)
    assert seen["state"] == words["state"]
    assert seen["outcome"] == words["outcome"]
    assert seen["server"] <= words["server"]
    assert seen["warning"] <= words["warning"]


def deploys_in(message):
    value = message.get("result") or message.get("params", {}).get("deploy")
    if not isinstance(value, dict):
        return []
    if "deploys" in value:
        return value["deploys"]
    return [value] if "trigger" in value else []


def test_limits_are_described():
    limits = load("bridge/initialize.json")["result"]["limits"]
    rows = re.findall(r"^\| `([a-z]+)` \| (\d+)", section("Limits"),
                      re.MULTILINE)
    assert {name: int(value) for name, value in rows} == limits


def test_the_proof_is_a_real_one():
    nonce = load("valid/initialize.json")["params"]["nonce"]
    key = bytes.fromhex(load("files/bridge.json")["proof"])
    proof = hmac.new(key, nonce.encode(), hashlib.sha256).hexdigest()
    assert load("bridge/initialize.json")["result"]["proof"] == proof


def test_the_blob_is_that_of_the_source():
    source = load("valid/deploy.json")["params"]["source"].encode()
    head = b"blob %d\0" % len(source)
    blob = hashlib.sha1(head + source).hexdigest()
    assert load("bridge/deploy-deployed.json")["result"]["blob"] == blob


def test_the_first_client_is_python():
    for text in re.findall(r"^```python\n(.*?)^```$", DOC,
                           re.DOTALL | re.MULTILINE):
        compile(text, "docs/protocol.md", "exec")


def test_links_lead_somewhere():
    headings = re.findall(r"^#+ (.*)$", DOC, re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 _-]", "", h.lower()).replace(" ", "-")
               for h in headings}
    for anchor in re.findall(r"\]\(#([^)]*)\)", DOC):
        assert anchor in anchors, f"no heading for #{anchor}"


def main():
    failed = 0
    for name, test in sorted(globals().items()):
        if name.startswith("test_"):
            try:
                test()
            except AssertionError as error:
                failed += 1
                print(f"FAILED: {name}: {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
