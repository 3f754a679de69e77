# Make the Debian roots in which proofs run, once each, and put this checkout's last commit into them. Sourced by the proofs.
# shellcheck shell=bash

say() { echo "  $*"; }
stop() { echo "prove: $*" >&2; exit 1; }

need_root() { [ "$(id -u)" = 0 ] || stop "wants root: it makes and enters a Debian root"; }

# need_commands NAME:PACKAGE...
need_commands() {
    local pair
    for pair; do
        command -v "${pair%%:*}" >/dev/null || stop "${pair%%:*} is missing: apt-get install ${pair##*:}"
    done
}

# Register the emulator for arm64 programs with the kernel, for every root.
emulate_arm64() {
    local table=/proc/sys/fs/binfmt_misc
    if [ "$(uname -m)" = aarch64 ]; then return; fi
    need_commands qemu-aarch64:qemu-user
    [ -e /usr/lib/binfmt.d/qemu-aarch64.conf ] || stop "qemu-aarch64 cannot be registered: apt-get install qemu-user-binfmt"
    if [ ! -e $table/register ]; then mount -t binfmt_misc binfmt_misc $table; fi
    if [ ! -e $table/qemu-aarch64 ]; then cat /usr/lib/binfmt.d/qemu-aarch64.conf >$table/register; fi
}

# make_room DIRECTORY ARCHITECTURE SUITE PACKAGES(with commas): make a minimal Debian, unless it exists.
make_room() {
    local room=$1 architecture=$2 suite=$3 packages=$4
    if [ -e "$room.made" ]; then say "room $room is there"; return; fi
    rm -rf --one-file-system "$room"
    say "room $room: Debian $suite, $architecture"
    mmdebstrap --quiet --variant=minbase --mode=root --architectures="$architecture" --include="$packages" "$suite" "$room"
    touch "$room.made"
}

# Copy this machine's resolver and certificates; keep services from starting when they are installed.
lend_network() {
    local room=$1 setting
    cp -L /etc/resolv.conf /etc/hosts "$room/etc/"
    mkdir -p "$room/etc/ssl/certs" "$room/etc/apt/apt.conf.d"
    if [ -e /etc/ssl/certs/ca-certificates.crt ]; then cp -L /etc/ssl/certs/ca-certificates.crt "$room/etc/ssl/certs/"; fi
    if [ -d /usr/local/share/ca-certificates ]; then
        mkdir -p "$room/usr/local/share/ca-certificates"
        cp -a /usr/local/share/ca-certificates/. "$room/usr/local/share/ca-certificates/"
    fi
    for setting in /etc/apt/apt.conf.d/*; do
        case $setting in *docker* | *apt-listchanges* | */[0-9][0-9]apt*) ;; *) cp "$setting" "$room/etc/apt/apt.conf.d/" ;; esac
    done
    printf '#!/bin/sh\nexit 101\n' >"$room/usr/sbin/policy-rc.d"
    chmod +x "$room/usr/sbin/policy-rc.d"
}

# put_checkout ROOM: put the last commit into /srv/kiosk; keep the virtual environment of an earlier run.
put_checkout() {
    mkdir -p "$1/srv/kiosk"
    find "$1/srv/kiosk" -mindepth 1 -maxdepth 1 ! -name '.venv*' -exec rm -rf {} +
    git archive HEAD | tar -x -C "$1/srv/kiosk"
    say "commit $(git rev-parse --short HEAD) in /srv/kiosk"
}

# inside ROOM SECONDS COMMAND...: run it with /dev, /proc and /dev/shm, a clean environment and the lowest priority.
inside() {
    local room=$1 seconds=$2
    shift 2
    timeout "$seconds" unshare --mount --pid --fork --kill-child --mount-proc bash -c '
        room=$1; shift
        mount --rbind /dev "$room/dev" && mount -t proc proc "$room/proc" && mount -t tmpfs tmpfs "$room/dev/shm" || exit
        exec nice -n 15 env -i HOME=/tmp PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 chroot "$room" /bin/bash -c "cd /srv/kiosk; exec \"\$@\"" inside "$@"
    ' inside "$room" "$@"
}

clock() { date +%s.%N; }
since() { awk -v from="$1" -v to="$(clock)" 'BEGIN { printf "%.1f s", to - from }'; }
