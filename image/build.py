"""Build the image step by step: `scripts/image`.

Everything is a file in a folder: no loop device and no mount but those of the emulated root. The slow first step, the
base system, is kept for the next build. Two builds of one checkout from one base give the same bytes, except for the
update bundle, whose signature holds the time.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from image import disk, initramfs, package_lock

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent
VENV = Path("opt/library-kiosk/venv")
VERITY_UUID = "4b494f53-0000-4000-8000-000000000001"
DATA_UUID = "4b494f53-0000-4000-8000-000000000007"
BLOCK = 4096
MIB = 1024 * 1024
COMMANDS = {
    "mmdebstrap": "mmdebstrap",
    "arch-test": "arch-test",
    "mksquashfs": "squashfs-tools",
    "veritysetup": "cryptsetup-bin",
    "genimage": "genimage",
    "mkfs.vfat": "dosfstools",
    "mcopy": "mtools",
    "mke2fs": "e2fsprogs",
    "systemctl": "systemd",
    "systemd-sysusers": "systemd",
    "zstd": "zstd",
    "gzip": "gzip",
}
MASKED = """
    getty@.service serial-getty@.service autovt@.service console-getty.service container-getty@.service
    ctrl-alt-del.target rescue.service systemd-firstboot.service systemd-hwdb-update.service
    systemd-ask-password-wall.path apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer
    e2scrub_all.timer e2scrub_reap.service systemd-networkd-persistent-storage.service
    systemd-pcrlock-make-policy.service systemd-update-done.service
    systemd-journal-catalog-update.service systemd-binfmt.service proc-sys-fs-binfmt_misc.automount ldconfig.service
    sshd-keygen.service sshd@.service
    systemd-sysext.socket systemd-sysext.service systemd-confext.service systemd-pstore.service
""".split()
"""Units that would offer a login or change the root, and what has no use where /var is empty at each start."""
DISABLED = "ssh.service ssh.socket".split()
"""kiosk-access.service starts the SSH server if kiosk.toml has a key."""
ENABLED = "nftables.service systemd-networkd.service systemd-resolved.service systemd-timesyncd.service".split()
FOLDERS = "data boot/firmware etc/kiosk var tmp".split()
LEFT_OUT = """
    boot/vmlinuz-* boot/initrd* boot/System.map-* boot/config-* boot/firmware/* usr/lib/linux-image-*
    usr/lib/raspi-firmware/* usr/share/initramfs-tools/* etc/initramfs-tools/* etc/machine-id.*
    var/* proc/* sys/* dev/* run/* tmp/* usr/sbin/policy-rc.d etc/apt/apt.conf.d/99mmdebstrap
""".split()


class BuildError(Exception):
    """The image cannot be built; the message says what to do."""


@dataclass(slots=True)
class Build:
    """One run: what is built, where, and how long each step took."""

    base: str
    board: str
    version: str
    out: Path
    work: Path
    settings: Mapping[str, Any]
    keyring: Path | None = None
    encrypts_data: bool = False
    hub: str = ""
    times: dict[str, float] = field(default_factory=dict)

    @property
    def choice(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.settings["bases"][self.base]
        return found

    @property
    def board_choice(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.choice["boards"][self.board]
        return found

    @property
    def name(self) -> str:
        return f"{self.settings['image']['id']}-{self.version}-{self.base}-{self.board}"

    @property
    def compatible(self) -> str:
        """What RAUC compares, so that no board takes another's update."""
        return f"{self.settings['image']['id']}-{self.base}-{self.board}"

    @property
    def lock(self) -> Path:
        return HERE / f"packages-{self.base}-{self.board}.lock"

    @property
    def environment(self) -> dict[str, str]:
        """Environment of every step; INITRD=No keeps Debian's kernel hook from making an initramfs."""
        epoch = str(self.settings["image"]["epoch"])
        return {**os.environ, "SOURCE_DATE_EPOCH": epoch, "TZ": "UTC", "LC_ALL": "C.UTF-8", "INITRD": "No"}

    def run(self, command: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a program. Raises BuildError with the end of its output."""
        done = subprocess.run(
            [*map(str, command)], env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            check=False, **options,
        )  # fmt: skip
        if done.returncode:
            raise BuildError(f"{Path(command[0]).name} failed:\n{done.stdout[-3000:]}")
        return done

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Show a step while it runs, and note its seconds."""
        print(f"  {name} ...", end="", flush=True)
        start = time.monotonic()
        try:
            yield
        except BaseException:
            print(" failed", flush=True)
            raise
        self.times[name] = round(time.monotonic() - start, 1)
        print(f" {self.times[name]} s", flush=True)


def package_names(settings: Mapping[str, Any], base: str, board: str) -> list[str]:
    """Return the packages of an image, sorted."""
    lines = (HERE / "packages").read_text(encoding="utf-8").splitlines()
    common = [line for line in lines if line and not line.startswith("#")]
    choice = settings["bases"][base]
    return sorted({*common, *choice["packages"], *choice["boards"][board]["packages"]})


def check_machine(build: Build) -> None:
    """Raise BuildError if the machine lacks a program, the right to build, or the way to an archive."""
    for command, package in COMMANDS.items():
        if shutil.which(command, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None:
            raise BuildError(f"{command} is missing: apt-get install {package}")
    if os.geteuid() != 0:
        raise BuildError("root is needed to make a Debian root: sudo scripts/image")
    if os.uname().machine != "aarch64" and not Path("/proc/sys/fs/binfmt_misc/qemu-aarch64").exists():
        raise BuildError("arm64 programs do not run here: apt-get install qemu-user-binfmt")
    archive = build.choice.get("archive")
    if archive is None:
        return
    if not Path(build.choice["keyring"]).exists():
        raise BuildError(
            f"{build.choice['keyring']} is missing. Take the package raspberrypi-archive-keyring from {archive}"
        )
    try:
        urllib.request.urlopen(f"{archive}/dists/{build.choice['suite']}/InRelease", timeout=20).close()
    except (OSError, urllib.error.URLError) as error:
        raise BuildError(
            f"{archive} cannot be reached ({error}). Build where it can, or set `archive` in image/settings.toml "
            "to a mirror. With --base debian an image is built without it"
        ) from None


def make_base(build: Build) -> Path:
    """Return the base system, made of packages alone; kept until the list of packages changes."""
    names = package_names(build.settings, build.base, build.board)
    key = hashlib.sha256(" ".join([build.choice["suite"], build.choice["components"], *names]).encode()).hexdigest()
    base = build.work / f"base-{build.base}-{build.board}"
    stamp = base.with_suffix(".made")
    if stamp.exists() and stamp.read_text(encoding="ascii") == key:
        print("  base system: kept from the last build")
        return base
    debs = build.work / "debs"
    debs.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    subprocess.run(["rm", "-rf", "--one-file-system", base], check=True)
    hooks = [f'--setup-hook=find "{debs}" -name "*.deb" -exec cp -n -t "$1"/var/cache/apt/archives {{}} +']
    if "archive" in build.choice:
        signed = f"[signed-by={build.choice['keyring']}] {build.choice['archive']} {build.choice['suite']} main"
        hooks.append(f'--setup-hook=echo "deb {signed}" >"$1"/etc/apt/sources.list.d/raspberrypi.list')
    with build.step(f"base system of {len(names)} packages and what they need, about 6 minutes"):
        build.run([
            "mmdebstrap", "--quiet", "--variant=minbase", "--mode=root", "--architectures=arm64",
            f"--components={build.choice['components']}",
            '--aptopt=Acquire::Languages "none"', '--aptopt=APT::Install-Recommends "false"',
            "--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/locale/*",
            "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-include=/usr/share/doc/*/copyright",
            "--skip=download/empty", "--skip=essential/unlink", "--skip=cleanup/apt",
            '--setup-hook=mkdir -p "$1"/var/cache/apt/archives "$1"/boot/firmware',
            *hooks, f'--customize-hook=cp -n "$1"/var/cache/apt/archives/*.deb "{debs}"',
            '--customize-hook=rm -rf "$1"/var/cache/apt/archives',
            f"--include={','.join(names)}", build.choice["suite"], base,
        ])  # fmt: skip
    stamp.write_text(key, encoding="ascii")
    return base


def check_packages(build: Build, base: Path, relock: bool) -> None:
    """Compare the base with the lock file. Raises BuildError on a difference unless it is to be recorded."""
    found = package_lock.installed_packages(base, build.work / "debs")
    if relock:
        build.lock.write_text(package_lock.lock_text(found), encoding="utf-8")
        print(f"  {len(found)} packages recorded in {build.lock.name}")
        return
    locked = package_lock.parse_lock(build.lock.read_text(encoding="utf-8")) if build.lock.exists() else {}
    different = package_lock.differences(locked, found)
    if different:
        lines = "\n".join(f"    {each}" for each in different[:20])
        raise BuildError(
            f"{len(different)} packages differ from image/{build.lock.name}:\n{lines}\n"
            "  The archive has moved on. To take the new packages, build again with --relock and commit the lock"
        )
    print(f"  {len(found)} packages are those of {build.lock.name}")


def make_root(build: Build, base: Path) -> Path:
    """Return the root of the image: the base, the kiosk's program, units and settings."""
    root = build.work / "root"
    with build.step("copy of the base system"):
        subprocess.run(["rm", "-rf", "--one-file-system", root], check=True)
        build.run(["cp", "-a", "--reflink=auto", base, root])
    with build.step("the kiosk's program"):
        install_program(build, root)
    with build.step("units and settings"):
        configure(build, root)
    with build.step("byte code"):
        compile_program(build, root)
    with build.step("times of files"):
        epoch = build.settings["image"]["epoch"]
        build.run(["find", root, "-newermt", f"@{epoch}", "-exec", "touch", "-h", "-d", f"@{epoch}", "{}", "+"])
    return root


def install_program(build: Build, root: Path) -> None:
    """Install the wheels of the lock and of this checkout into a virtual environment of the root's Python."""
    python = next((root / "usr/lib").glob("python3.*")).name.removeprefix("python")
    made = build.work / "program"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    platform = ["--python-version", python, "--python-platform", "aarch64-manylinux_2_40"]
    build.run([CHECKOUT / "scripts/device-program", made, *platform, "--extra", "pi"])
    packages = root / VENV / f"lib/python{python}/site-packages"
    packages.mkdir(parents=True)
    (root / VENV / "bin").mkdir()
    for name in ("python", "python3", f"python{python}"):
        (root / VENV / "bin" / name).symlink_to("/usr/bin/python3")
    (root / VENV / "pyvenv.cfg").write_text(
        f"home = /usr/bin\ninclude-system-site-packages = true\nversion = {python}\n", encoding="ascii"
    )
    uv: list[str | Path] = [made / "tools/bin/uv", "pip"]
    quiet: list[str | Path] = [
        "-q",
        "--target",
        packages,
        "--link-mode",
        "copy",
        "--cache-dir",
        build.work / "uv-cache",
        *platform,
    ]
    locked: list[str | Path] = ["--require-hashes", "--no-build", "--find-links", made / "wheels", made / "device.lock"]
    build.run([*uv, "sync", *quiet, *locked])
    build.run([*uv, "install", *quiet, "--no-deps", *made.glob("library_kiosk-*.whl")])
    shutil.rmtree(packages / "bin", ignore_errors=True)
    remove_notes(packages)
    (packages / ".lock").unlink(missing_ok=True)
    scripts = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    for name, target in scripts.items():
        module, function = target.split(":")
        if module.startswith("kiosk."):
            text = f"#!/{VENV}/bin/python\nimport sys\nfrom {module} import {function}\nsys.exit({function}())\n"
            file = root / VENV / "bin" / name
            file.write_text(text, encoding="ascii")
            file.chmod(0o755)


def remove_notes(packages: Path) -> None:
    """Remove what uv notes about the building machine: where the wheel was, and when it was made."""
    for record in packages.glob("*.dist-info/RECORD"):
        notes = [*record.parent.glob("direct_url.json"), *record.parent.glob("uv_*.json")]
        listed = tuple(f"{note.relative_to(packages)}," for note in notes)
        lines = record.read_text(encoding="utf-8").splitlines(keepends=True)
        record.write_text("".join(each for each in lines if not each.startswith(listed)), encoding="utf-8")
        for note in notes:
            note.unlink()


def compile_program(build: Build, root: Path) -> None:
    """Compile the program to byte code, which is the same on every processor: by this machine's Python if it can."""
    options = ["-m", "compileall", "-q", "-j0", "--invalidation-mode=unchecked-hash"]
    if python := shutil.which(next((root / VENV / "lib").glob("python3.*")).name):
        build.run([python, "-I", *options, "-s", root, "-p", "/", root / VENV / "lib"])
    else:
        enter(build, root, [f"/{VENV}/bin/python", *options, f"/{VENV}/lib"])


def configure(build: Build, root: Path) -> None:
    """Put the units, users and settings in, and turn off what a kiosk must not run."""
    (root / "etc/resolv.conf").unlink(missing_ok=True)
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(HERE / "root", root, symlinks=True, dirs_exist_ok=True, ignore=unwanted)
    for key in (root / "etc/ssh").glob("ssh_host_*"):
        key.unlink()  # made by the package; the device makes its own
    units = root / "etc/systemd/system"
    own = [each for each in sorted((CHECKOUT / "systemd").glob("kiosk*")) if not each.name.startswith("kiosk-hub")]
    for each in own:
        shutil.copy(each, units)
    for rules in (CHECKOUT / "systemd").glob("*.rules"):
        shutil.copy(rules, root / "etc/udev/rules.d")
    for kind in ("sysusers", "tmpfiles"):
        (root / f"etc/{kind}.d").mkdir(exist_ok=True)
        shutil.copy(CHECKOUT / f"systemd/{kind}-kiosk.conf", root / f"etc/{kind}.d/kiosk.conf")
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "etc/resolv.conf").symlink_to("../run/systemd/resolve/stub-resolv.conf")
    (root / "etc/machine-id").write_text("", encoding="ascii")
    (root / "etc/hostname").write_text("kiosk\n", encoding="ascii")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost\n", encoding="ascii")
    for name in ("kiosk", "kiosk-boot-slot", "kiosk-update"):
        link = root / "usr/local/bin" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(f"/{VENV}/bin/{name}")
    with (root / "usr/lib/os-release").open("a", encoding="utf-8") as file:
        file.write(f"IMAGE_ID={build.compatible}\nIMAGE_VERSION={build.version}\n")
        if build.hub:
            file.write(f'LIBRARY_KIOSK_HUB="{build.hub}"\n')
    rauc = root / "etc/rauc/system.conf"
    if build.keyring is None:
        rauc.unlink()
    else:
        text = rauc.read_text(encoding="ascii")
        rauc.write_text(text.replace("@COMPATIBLE@", build.compatible).replace("@VERSION@", build.version), "ascii")
        shutil.copy(build.keyring, root / "etc/rauc/keyring.pem")
    # The list of packages, for those who look for known faults; /var is empty on the device.
    (root / "usr/share/kiosk").mkdir(exist_ok=True)
    shutil.copy(root / "var/lib/dpkg/status", root / "usr/share/kiosk/dpkg-status")
    build.run(["systemd-sysusers", f"--root={root}"])
    added = [*own, *(each for each in (HERE / "root/etc/systemd/system").iterdir() if each.is_file())]
    mine = [each.name for each in added if "[Install]" in each.read_text(encoding="utf-8")]
    build.run(["systemctl", "-q", f"--root={root}", "disable", *DISABLED])
    build.run(["systemctl", "-q", f"--root={root}", "enable", *ENABLED, *sorted(mine)])
    build.run(["systemctl", "-q", f"--root={root}", "set-default", "multi-user.target"])
    build.run(["systemctl", "-q", f"--root={root}", "mask", *MASKED])
    # The root's own console programs and their accounts stay, but no password opens any.
    build.run(["sed", "-i", r"s/^root:[^:]*:/root:!*:/", root / "etc/shadow"])


def enter(build: Build, root: Path, command: Sequence[str]) -> None:
    """Run a program of the root in it, under the emulator where the machine is not arm64."""
    script = (
        'mount --rbind /dev "$1/dev" && mount -t proc proc "$1/proc" && root=$1 && shift && exec chroot "$root" "$@"'
    )
    isolated = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    build.run([*isolated, "bash", "-c", script, "enter", root, *command])


def make_root_image(build: Build, root: Path, images: Path) -> tuple[str, int]:
    """Write root.img, a squashfs with its hash tree behind it. Returns the root hash and the blocks of the squashfs."""
    image = images / "root.img"
    with build.step("squashfs"):
        image.unlink(missing_ok=True)
        options = (
            "-noappend -quiet -no-progress -no-exports -comp zstd -Xcompression-level 9 -b 256K -wildcards".split()
        )
        build.run(["mksquashfs", root, image, *options, "-e", *LEFT_OUT])
    blocks = -(-image.stat().st_size // BLOCK)
    os.truncate(image, blocks * BLOCK)
    salt = hashlib.sha256(build.name.encode()).hexdigest()
    with build.step("hash tree"):
        said = build.run([
            "veritysetup", "format", f"--data-blocks={blocks}", f"--hash-offset={blocks * BLOCK}", f"--salt={salt}",
            f"--uuid={VERITY_UUID}", image, image,
        ]).stdout  # fmt: skip
    root_hash = next(line.split()[-1] for line in said.splitlines() if line.startswith("Root hash:"))
    if image.stat().st_size > build.settings["size"]["root"] * MIB:
        raise BuildError(
            f"the root has {image.stat().st_size // MIB} MiB, more than its partition: see image/settings.toml"
        )
    return root_hash, blocks


def make_boot_image(build: Build, root: Path, images: Path, root_hash: str, blocks: int) -> None:
    """Write boot.vfat, the boot partition of either slot: firmware, kernel, initramfs, device trees, settings."""
    boot = images / "boot"
    shutil.rmtree(boot, ignore_errors=True)
    (boot / "overlays").mkdir(parents=True)
    kernel = next((root / "boot").glob("vmlinuz-*"))
    with build.step("initramfs and kernel"):
        files = initramfs.collect(root, (HERE / "init").read_bytes())
        packed = subprocess.run(
            ["zstd", "-12", "-q", "-c"], input=initramfs.archive(files), capture_output=True, check=True
        )
        (boot / "initramfs8").write_bytes(packed.stdout)
        zipped = subprocess.run(["gzip", "-9n"], input=kernel.read_bytes(), capture_output=True, check=True)
        (boot / build.board_choice["kernel"]).write_bytes(zipped.stdout)
    with build.step("boot partition"):
        trees = sorted((root / "usr/lib").glob(f"linux-image-*/broadcom/{build.board_choice['trees']}"))
        firmware = [root / "usr/lib/raspi-firmware" / name for name in build.board_choice["firmware"]]
        overlays = sorted((root / "usr/lib").glob("*/overlays/*.dtbo"))
        for each in (*trees, *firmware):
            shutil.copy(each, boot)
        for each in overlays:
            shutil.copy(each, boot / "overlays")
        common = (HERE / "boot/config.txt").read_text(encoding="ascii")
        config = disk.config_txt(common, build.board_choice["kernel"], build.board_choice["config"])
        (boot / "config.txt").write_text(config, encoding="ascii")
        (boot / "cmdline.txt").write_text(disk.command_line(root_hash, blocks, build.encrypts_data) + "\n", "ascii")
        (boot / "version.txt").write_text(f"{build.name}\n", encoding="ascii")
        make_fat(build, boot, images / "boot.vfat", build.settings["size"]["boot"], "KIOSK-BOOT")


def make_fat(build: Build, folder: Path, image: Path, size: int, label: str) -> None:
    """Write a FAT file system of this size in MiB with the folder's files; the same bytes each time."""
    epoch = build.settings["image"]["epoch"]
    build.run(["find", folder, "-exec", "touch", "-d", f"@{epoch}", "{}", "+"])
    image.unlink(missing_ok=True)
    with image.open("wb") as file:
        file.truncate(size * MIB)
    build.run(["mkfs.vfat", "--invariant", "-n", label, image])
    build.run(["mcopy", "-m", "-s", "-o", "-i", image, *sorted(folder.iterdir()), "::/"])


def make_disk(build: Build, images: Path) -> Path:
    """Write disk.img with slot A filled and slot B empty."""
    with build.step("disk"):
        selector, data = images / "bootsel", images / "data"
        for each in (selector, data, images / "genimage"):
            shutil.rmtree(each, ignore_errors=True)
            each.mkdir()
        create = [sys.executable, "-m", "kiosk.updates.boot_slots", "create", "A"]
        subprocess.run(create, cwd=CHECKOUT, env={**build.environment, "KIOSK_BOOTSEL": str(selector)}, check=True)
        shutil.copy(HERE / "boot/README.txt", selector)
        make_fat(build, selector, images / "bootsel.vfat", build.settings["size"]["bootsel"], "KIOSK")
        for name in ("kiosk", "systemd", "rauc", "etc-kiosk"):
            (data / name).mkdir()
        build.run(["find", data, "-exec", "touch", "-d", f"@{build.settings['image']['epoch']}", "{}", "+"])
        (images / "data.ext4").unlink(missing_ok=True)
        build.run([
            "mke2fs", "-q", "-t", "ext4", "-L", "KIOSK-DATA", "-m", "0", "-U", DATA_UUID,
            "-E", f"hash_seed={DATA_UUID},root_owner=0:0", "-d", data, images / "data.ext4",
            f"{build.settings['size']['data']}M",
        ])  # fmt: skip
        config = images / "genimage.cfg"
        config.write_text(disk.genimage_config(disk.Sizes(**build.settings["size"])), encoding="ascii")
        build.run([
            "genimage", "--config", config, "--inputpath", images, "--outputpath", images,
            "--rootpath", images / "genimage", "--tmppath", images / "genimage-work",
        ])  # fmt: skip
    return images / "disk.img"


def journal_format(packages: Path) -> int:
    """Return the version of the journal that the kiosk in this folder of Python packages writes."""
    text = (packages / "kiosk/journal/file.py").read_text(encoding="utf-8")
    lines = [each for each in ast.parse(text).body if isinstance(each, ast.Assign)]
    values = {each.targets[0].id: each.value for each in lines if isinstance(each.targets[0], ast.Name)}
    return int(ast.literal_eval(values["VERSION"]))


def make_bundle(build: Build, root: Path, images: Path, key: Path, certificate: Path) -> Path:
    """Write the signed update bundle with boot.vfat and root.img."""
    bundle = build.out / f"{build.name}.raucb"
    content = images / "bundle"
    with build.step("update bundle"):
        shutil.rmtree(content, ignore_errors=True)
        content.mkdir()
        for name in ("boot.vfat", "root.img"):
            os.link(images / name, content / name)
        packages = next((root / VENV / "lib").glob("python3.*")) / "site-packages"
        text = disk.manifest(build.compatible, build.version, journal_format(packages))
        (content / "manifest.raucm").write_text(text, encoding="ascii")
        bundle.unlink(missing_ok=True)
        build.run(["rauc", f"--cert={certificate}", f"--key={key}", "bundle", content, bundle])
    return bundle


def report(build: Build, files: Sequence[Path], root_hash: str) -> None:
    """Write checksums and build.json, and print the sizes."""
    sums = {}
    for each in files:
        with each.open("rb") as file:
            sums[each.name] = hashlib.file_digest(file, "sha256").hexdigest()
    (build.out / "SHA256SUMS").write_text("".join(f"{v}  {k}\n" for k, v in sums.items()), encoding="ascii")
    images = build.work / "images"
    sizes = {each.name: each.stat().st_size for each in (*files, images / "root.img", images / "disk.img")}
    noted = {"name": build.name, "root_hash": root_hash, "seconds": build.times, "bytes": sizes, "sha256": sums}
    (build.out / "build.json").write_text(json.dumps(noted, indent=1) + "\n", encoding="utf-8")
    for name, size in sizes.items():
        print(f"  {name}: {size / MIB:.0f} MiB")
    print(f"image: {build.out}, {sum(build.times.values()):.0f} s")


def hub_address(text: str) -> str:
    """Return the text if it is the address of a hub. Raises ArgumentTypeError."""
    if not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]/_-]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no address such as https://hub.example.org")
    return text


def parser(settings: Mapping[str, Any]) -> argparse.ArgumentParser:
    """Return the command line."""
    found = argparse.ArgumentParser(prog="scripts/image", description="Build a flashable image of a kiosk.")
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    add = found.add_argument
    add("--base", choices=sorted(settings["bases"]), default="debian", help="distribution (default: debian)")
    add("--board", choices=["pi4", "pi5"], default="pi4", help="Raspberry Pi model (default: pi4)")
    add("--version", default=project["version"], help="version of the image, such as 2026.12.1 (default: %(default)s)")
    add("--out", type=Path, default=CHECKOUT / "out/image", metavar="DIR", help="result (default: out/image)")
    add("--work", type=Path, metavar="DIR", help="where steps are kept for the next build (default: OUT/work)")
    add("--keyring", type=Path, metavar="FILE", help="certificates whose updates the kiosk accepts; without it, none")
    add("--bundle", nargs=2, type=Path, metavar=("KEY", "CERT"), help="also write an update bundle, signed by this key")
    add("--encrypt-data", action="store_true", help="encrypt the data partition at the first start, by the board's key")
    add("--hub", type=hub_address, metavar="URL", help="hub that a card without kiosk.toml names on screen")
    add("--relock", action="store_true", help="record the packages instead of comparing them with the lock")
    add("--no-compress", action="store_true", help="leave the disk in the work folder, uncompressed")
    return found


def main() -> int:
    """Build; 1 with a sentence if that is not possible."""
    settings = tomllib.loads((HERE / "settings.toml").read_text(encoding="utf-8"))
    options = parser(settings).parse_args()
    if options.board not in settings["bases"][options.base]["boards"]:
        print(f"image: {options.base} does not run a kiosk on a {options.board}; see docs/image.md", file=sys.stderr)
        return 2
    out = options.out.resolve()
    work = (options.work or out / "work").resolve()
    choice = (options.base, options.board, options.version)
    build = Build(*choice, out, work, settings, options.keyring, options.encrypt_data, options.hub or "")
    images = work / "images"
    for each in (out, images):
        each.mkdir(parents=True, exist_ok=True)
    print(f"image: {build.name}")
    try:
        check_machine(build)
        base = make_base(build)
        check_packages(build, base, options.relock)
        root = make_root(build, base)
        root_hash, blocks = make_root_image(build, root, images)
        make_boot_image(build, root, images, root_hash, blocks)
        made = make_disk(build, images)
        files = []
        if not options.no_compress:
            files.append(out / f"{build.name}.img.zst")
            with build.step("compression"):
                build.run(["zstd", "-q", "-f", "-T0", "-6", made, "-o", files[0]])
        if options.bundle:
            files.append(make_bundle(build, root, images, *options.bundle))
        report(build, files, root_hash)
    except (BuildError, initramfs.InitramfsError, OSError) as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    return 0
