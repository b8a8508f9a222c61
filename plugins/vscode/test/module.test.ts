// What is read from a module: its bytes, its marker, its services, its state.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "node:test";

import { liveWords } from "../src/core/live";
import { blobId, blobIds, hasMarker, readModule } from "../src/core/module-file";
import { findServices } from "../src/core/services";
import { clock, seconds } from "../src/core/words";
import { temporaryFolder } from "./fake-bridge";

const MAX = 8 * 1024 * 1024;

async function file(bytes: Uint8Array | string, name = "a.py"): Promise<string> {
  const at = path.join(await temporaryFolder(), name);
  fs.writeFileSync(at, bytes);
  return at;
}

test("the exact bytes: byte order mark and line ends stay", async () => {
  for (const text of ["", "x = 1\n", "\uFEFFx\r\ny\rz\n", "# Zażółć 😀\n", "\uFEFF\uFEFFx"]) {
    const { source, module } = await readModule(await file(text), MAX);
    assert.equal(source, text);
    assert.equal(module, "a.py");
    assert.deepEqual(Buffer.from(source, "utf8"), Buffer.from(text, "utf8"));
  }
});

test("what is not UTF-8 is named, and not sent with marks of replacement", async () => {
  for (const bytes of [[0xe9], [0xff, 0xfe, 0x41, 0], [0xc0, 0x80], [0xed, 0xa0, 0x80]]) {
    await assert.rejects(readModule(await file(Buffer.from(bytes)), MAX), {
      name: "UnsendableError",
      message: /a\.py is not UTF-8/,
    });
  }
  await assert.rejects(readModule(await file("a\0b"), MAX), /NUL/);
});

test("a missing file and one that is too long for a message", async () => {
  await assert.rejects(readModule("/nowhere/a.py", MAX), /a\.py cannot be read/);
  await assert.rejects(readModule(await file("x".repeat(9 * 1024 * 1024)), MAX), /9\.0 MB/);
  const two = await readModule(await file("x".repeat(2 * 1024 * 1024)), MAX);
  assert.equal(two.source.length, 2 * 1024 * 1024, "the bridge says no to this one, not we");
});

test("the marker, as the bridge knows it", () => {
  for (const line of [
    "# zato: ide-deploy=True",
    "#zato:ide-deploy=true",
    "  #   zato  :  ide-deploy  =  TRUE  ",
    "x = 1  # zato: ide-deploy=True",
  ]) {
    assert.ok(hasMarker(`\n\n${line}\n`), line);
  }
  for (const line of ["# zato: ide-deploy=False", "zato: ide-deploy=True", "# zato: deploy=True"]) {
    assert.ok(!hasMarker(line), line);
  }
  assert.ok(hasMarker(`${"\n".repeat(99)}# zato: ide-deploy=True`));
  assert.ok(!hasMarker(`${"\n".repeat(100)}# zato: ide-deploy=True`));
});

test("blob ids are git's own", async () => {
  for (const text of ["", "x = 1\n", "\uFEFFż\r\n"]) {
    const at = await file(text);
    const git = execFileSync("git", ["hash-object", "--no-filters", at], { encoding: "utf8" }).trim();
    assert.equal(blobId(fs.readFileSync(at)), git);
    assert.ok(blobIds(text.replace(/^\uFEFF/, "")).includes(git));
  }
});

test("service classes and their lines", () => {
  const text = `# -*- coding: utf-8 -*-
from dataclasses import dataclass
from zato.server.service import Model, Service
from zato.server.service import (
    AdapterBase as Base,  # a note
    RESTAdapter,
)

"""
class Quoted(Service):
"""

@dataclass
class Customer(Model):
    id: int

class GetCustomer(Service):
    pass

class UpdateCustomer(
    GetCustomer,
    metaclass=Meta,
):
    class Inner(Service):
        pass

class Żółw(zato.server.service.Service):
    pass

class FromBase(Base): pass
class Adapter(RESTAdapter): pass
class Plain: pass
class Other(object): pass
`;
  assert.deepEqual(
    findServices(text).map(({ name, line }) => [name, text.split("\n")[line]?.startsWith(`class ${name}`)]),
    [
      ["GetCustomer", true],
      ["UpdateCustomer", true],
      ["Żółw", true],
      ["FromBase", true],
      ["Adapter", true],
    ],
  );
  assert.deepEqual(findServices(""), []);
});

/** The processor's ms, the least of several runs: no clock, which a busy
 * machine stretches for a long run more than for a short one. */
function leastTime(work: () => void): number {
  let least = Infinity;
  for (let run = 0; run < 7; run++) {
    const begun = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(begun);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

test("eight times the module takes nowhere near sixty-four times as long", (context) => {
  const part = "class A(Service):\n    x = '''a'''\n    y = (((((((\n";
  const look = (text: string) => () => {
    findServices(text);
    hasMarker(text);
  };
  const small = leastTime(look(part.repeat(2_500)));
  const large = leastTime(look(part.repeat(20_000)));
  context.diagnostic(`${(large / small).toFixed(1)} times as long`);
  assert.ok(large / small < 32, `${large.toFixed(1)} ms against ${small.toFixed(1)} ms`);
});

test("what a line over a class says", () => {
  const now = new Date("2026-11-23T15:00:00");
  const entry = (server: string, blob: string, time: string) => ({
    module: "crm.py",
    server,
    commit: `${blob}c3d4e5f6a7b8`,
    blob,
    time,
  });
  const one = entry("server1", "a1b2", "2026-11-23T14:03:00");
  const two = entry("server2", "a1b2", "2026-11-23T14:03:01");
  const old = entry("server2", "ffff", "2026-11-22T09:00:00");
  assert.equal(liveWords([one, two], ["a1b2"], "dev", 2, now).text, "live on 2/2 · 14:03 · a1b2c3d");
  assert.equal(liveWords([one, old], ["a1b2"], "dev", 2, now).text, "live on 1/2 · 14:03 · a1b2c3d");
  assert.equal(liveWords([one], ["a1b2"], "dev", 2, now).text, "live on 1/2 · 14:03 · a1b2c3d");
  assert.equal(liveWords([one, old], ["0000"], "dev", 2, now).text, "edited since 14:03 · a1b2c3d");
  assert.equal(liveWords([old, old], ["ffff"], "dev", 2, now).text, "live on 2/2 · 22 Nov 09:00 · ffffc3d");
  assert.equal(liveWords([], ["ffff"], "dev", 2, now).text, "not live on dev");
});

test("times and seconds for people", () => {
  assert.equal(seconds(0.04), "40 ms");
  assert.equal(seconds(0.0001), "1 ms");
  assert.equal(seconds(0.0999), "0.1 s");
  assert.equal(seconds(0.52), "0.5 s");
  assert.equal(seconds(61.4), "61 s");
  assert.equal(clock("nonsense"), "");
  assert.equal(clock(undefined), "");
  assert.match(clock("2020-01-02T03:04:00"), /2 Jan 2020.? 03:04/);
});
