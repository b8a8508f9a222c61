#!/usr/bin/env python3
"""Checks the finished plug-in: what is in the zip, and what it refers to.

    verify.py ZIP WORK_FOLDER

JetBrains' own verifier looks at the structure of the plug-in and follows each
reference into a folder laid out as an IDE. That folder holds the core of the
real platform, from two of its releases, and the stubs. A reference into the
core is proven by this; one into the stubs is not, so a run without the stubs
has to miss exactly those, which also shows that the verifier looks at all.
"""
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
VERIFIER = "org.jetbrains.intellij.plugins:verifier-cli:1.410:jar:all"
KOTLIN = "org.jetbrains.kotlin:kotlin-stdlib:1.9.22"
ANNOTATIONS = "org.jetbrains:annotations:24.1.0"
CORES = {
    # The build that the plug-in is for at least, by the core of a little before.
    "IC-223.7571.182": "org.jetbrains.dokka:kotlin-analysis-intellij:1.8.20",
    "IC-241.14494.240": "org.jetbrains.dokka:analysis-kotlin-symbols:2.1.0",
}
ICONS = "com/intellij/icons/AllIcons"
PACKED = {"hotbridge/lib/hotbridge-core.jar", "hotbridge/lib/hotbridge-ide.jar"}
PRODUCT = """<idea-plugin>
  <id>com.intellij</id>
  <name>IDEA CORE</name>
  <module value="com.intellij.modules.platform"/>
  <module value="com.intellij.modules.lang"/>
</idea-plugin>
"""
TIMEOUT = 300


def fetch(coordinates, folder):
    """The jar of the coordinates, from Maven's repository."""
    name = coordinates.split(":")
    version = name[2] + ("-" + name[4] if len(name) > 4 else "")
    jar = folder / f"{name[1]}-{version}.jar"
    if not jar.exists():
        run(["mvn", "-B", "-q", "-ntp",
             "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy",
             f"-Dartifact={coordinates}", f"-DoutputDirectory={folder}"])
    return jar


def run(command):
    done = subprocess.run(command, cwd=HERE, text=True, timeout=TIMEOUT,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}")
    return done.stdout


def classes(jar):
    with zipfile.ZipFile(jar) as archive:
        return {name for name in archive.namelist() if name.endswith(".class")}


def check_zip(plugin, stubs):
    """Our own classes and nothing else are in it."""
    with zipfile.ZipFile(plugin) as archive:
        files = {name for name in archive.namelist() if not name.endswith("/")}
        if files != PACKED:
            raise SystemExit(f"{plugin} holds {sorted(files)}, not {sorted(PACKED)}")
        work = plugin.parent / "unpacked"
        shutil.rmtree(work, ignore_errors=True)
        archive.extractall(work)
    inside = set().union(*(classes(work / name) for name in PACKED))
    foreign = {name for name in inside if not name.startswith("io/hotbridge/")}
    if foreign:
        raise SystemExit(f"classes of others are in the zip: {sorted(foreign)[:5]}")
    if inside & stubs:
        raise SystemExit(f"stubs are in the zip: {sorted(inside & stubs)[:5]}")
    return len(inside)


def lay_out(folder, build, core, others, stubs, icons):
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "lib").mkdir(parents=True)
    (folder / "META-INF").mkdir()
    (folder / "build.txt").write_text(build + "\n")
    (folder / "META-INF/plugin.xml").write_text(PRODUCT)
    with zipfile.ZipFile(folder / "lib/product.jar", "w") as product:
        product.writestr("META-INF/plugin.xml", PRODUCT)
    for jar in [core, *others, *([stubs] if stubs else [])]:
        (folder / "lib" / jar.name).symlink_to(jar)
    if not any(name.startswith(ICONS) for name in classes(core)):
        (folder / "lib" / icons.name).symlink_to(icons)
    return folder


def icons_of(core, jar):
    """The newer core has no icons; the older one's stand in."""
    with zipfile.ZipFile(core) as old, zipfile.ZipFile(jar, "w") as new:
        for name in old.namelist():
            if name.startswith(ICONS):
                new.writestr(name, old.read(name))
    return jar


def verify(verifier, plugin, ide, work):
    reports = work / ("reports-" + ide.name)
    shutil.rmtree(reports, ignore_errors=True)
    words = run(["java", "-jar", str(verifier), "check-plugin", str(plugin), str(ide),
                 "-offline", "-verification-reports-dir", str(reports)])
    verdict = re.search(r"Plugin io\.hotbridge\.\S+ against \S+: (.*)", words)
    if not verdict:
        raise SystemExit(f"the plug-in was not verified:\n{words}")
    return verdict.group(1), words


def dotted(names):
    """The verifier writes nested classes with a dot."""
    return {re.sub(r"[/$]", ".", name.removesuffix(".class")) for name in names}


def missing(words):
    """The classes that the verifier did not find, in its two forms of saying so."""
    return set(re.findall(r"Access to unresolved (?:class|interface|enum) ([\w.]+)", words)
               + re.findall(r"(?:Class|Interface|Enum) ([\w.]+) is referenced in", words))


def main():
    plugin, work = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    work.mkdir(parents=True, exist_ok=True)
    stubs = HERE / "platform-stubs/target/hotbridge-platform-stubs-0.1.0.jar"
    declared = classes(stubs)
    count = check_zip(plugin, declared)
    print(f"  {plugin.name}: {count} classes, all of them ours, no stub among them")

    verifier = fetch(VERIFIER, work)
    others = [fetch(each, work) for each in (KOTLIN, ANNOTATIONS)]
    cores = {build: fetch(each, work) for build, each in CORES.items()}
    icons = icons_of(next(iter(cores.values())), work / "icons.jar")
    for build, core in cores.items():
        shadowed = declared & classes(core)
        if shadowed:
            raise SystemExit(f"stubs of what {core.name} really has: {sorted(shadowed)}")
        ide = lay_out(work / build, build, core, others, stubs, icons)
        verdict, words = verify(verifier, plugin, ide, work)
        if verdict != "Compatible" or "without IDE restart" not in words:
            raise SystemExit(words)
        bare = lay_out(work / (build + "-bare"), build, core, others, None, icons)
        verdict, words = verify(verifier, plugin, bare, work)
        unknown = missing(words) - dotted(declared)
        if "compatibility problem" not in verdict or unknown:
            raise SystemExit(f"without the stubs: {verdict}, and these are missed that are "
                             f"no stubs: {sorted(unknown)}\n{words}")
        print(f"  {build}: compatible, and dynamic; {len(missing(words))} classes stand on "
              f"stubs alone, all others are real")


if __name__ == "__main__":
    main()
