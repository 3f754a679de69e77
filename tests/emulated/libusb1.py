"""Emulate a USB bus with one receipt printer for the real pyusb and python-escpos.

The file has libusb's name, because python-escpos takes the kernel's driver away only from a back end of that name.
"""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Iterator, MutableSequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import usb.backend.libusb1
from usb.backend import IBackend
from usb.core import USBError, USBTimeoutError

from tests.emulated.escpos_printer import Printer

VENDOR, PRODUCT = 0x04B8, 0x0E15
OUT, IN = 0x03, 0x84
"""End points that differ from the defaults of python-escpos."""
TICK = 0.002
TIMED_OUT = -7
"""LIBUSB_ERROR_TIMEOUT."""


class UsbPlug(IBackend):  # type: ignore[misc]
    """The bus, its plug, and the transfers."""

    def __init__(self, printer: Printer) -> None:
        self.printer = printer
        self.plugged = True
        self.drops_after: int | None = None
        """Bytes after which the printer is unplugged."""
        self.refuses = 0
        """Errno raised when the device is opened; 0 for none."""
        self.kernel_has_it = True
        """True until the kernel driver is detached."""
        self._said = bytearray()
        self._changed = threading.Condition()
        printer.changed = self._ring

    def pull(self) -> None:
        self.plugged = False
        self._ring()

    def plug(self) -> None:
        self.plugged = True
        self._said.clear()

    @contextmanager
    def in_place_of_libusb(self) -> Iterator[UsbPlug]:
        before = usb.backend.libusb1.get_backend
        usb.backend.libusb1.get_backend = lambda *_, **__: self
        try:
            yield self
        finally:
            usb.backend.libusb1.get_backend = before

    def _ring(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _need(self) -> None:
        if not self.plugged:
            raise USBError("No such device", -4, errno.ENODEV)

    # The back end interface of pyusb.

    def enumerate_devices(self) -> Iterator[str]:
        return iter(["printer"] if self.plugged else [])

    def get_device_descriptor(self, dev: str) -> SimpleNamespace:
        return SimpleNamespace(
            bLength=18, bDescriptorType=1, bcdUSB=0x200, bDeviceClass=0, bDeviceSubClass=0, bDeviceProtocol=0,
            bMaxPacketSize0=64, idVendor=VENDOR, idProduct=PRODUCT, bcdDevice=0x100, iManufacturer=0, iProduct=0,
            iSerialNumber=0, bNumConfigurations=1, address=5, bus=1, port_number=1, port_numbers=(1,), speed=3,
        )  # fmt: skip

    def get_configuration_descriptor(self, dev: str, config: int) -> SimpleNamespace:
        if config:
            raise IndexError
        return SimpleNamespace(
            bLength=9, bDescriptorType=2, wTotalLength=32, bNumInterfaces=1, bConfigurationValue=1, iConfiguration=0,
            bmAttributes=0xC0, bMaxPower=1, extra_descriptors=[],
        )  # fmt: skip

    def get_interface_descriptor(self, dev: str, intf: int, alt: int, config: int) -> SimpleNamespace:
        if intf or alt:
            raise IndexError
        return SimpleNamespace(
            bLength=9, bDescriptorType=4, bInterfaceNumber=0, bAlternateSetting=0, bNumEndpoints=2, bInterfaceClass=7,
            bInterfaceSubClass=1, bInterfaceProtocol=2, iInterface=0, extra_descriptors=[],
        )  # fmt: skip

    def get_endpoint_descriptor(self, dev: str, ep: int, intf: int, alt: int, config: int) -> SimpleNamespace:
        return SimpleNamespace(
            bLength=7, bDescriptorType=5, bEndpointAddress=(OUT, IN)[ep], bmAttributes=2, wMaxPacketSize=64,
            bInterval=0, bRefresh=0, bSynchAddress=0, extra_descriptors=[],
        )  # fmt: skip

    def open_device(self, dev: str) -> str:
        self._need()
        if self.refuses:
            raise USBError("refused", -3, self.refuses)
        return dev

    def close_device(self, dev_handle: str) -> None:
        """Do nothing: no handle is kept."""

    def get_configuration(self, dev_handle: str) -> int:
        return 1

    def set_configuration(self, dev_handle: str, config_value: int) -> None:
        self._need()
        if self.kernel_has_it:
            raise USBError("Resource busy", -6, errno.EBUSY)

    def is_kernel_driver_active(self, dev_handle: str, intf: int) -> bool:
        self._need()
        return self.kernel_has_it

    def detach_kernel_driver(self, dev_handle: str, intf: int) -> None:
        self.kernel_has_it = False

    def claim_interface(self, dev_handle: str, intf: int) -> None:
        self._need()
        if self.kernel_has_it:
            raise USBError("Resource busy", -6, errno.EBUSY)

    def release_interface(self, dev_handle: str, intf: int) -> None:
        self._need()

    def reset_device(self, dev_handle: str) -> None:
        self._need()

    def bulk_write(self, dev_handle: str, ep: int, intf: int, data: Any, timeout: int) -> int:
        """Return the bytes written, as libusb does; a timeout is an error only if none were written."""
        assert ep == OUT
        taken, end = 0, time.monotonic() + timeout / 1000
        with self._changed:
            while taken < len(data):
                self._go_on()
                part = bytes(data[taken : taken + min(self.printer.room, 64)])
                self._said += self.printer.receive(part)
                taken += len(part)
                self._count(len(part))
                if not part and (time.monotonic() >= end or not self._changed.wait(TICK)) and time.monotonic() >= end:
                    break
        if not taken and data:
            raise USBTimeoutError("Operation timed out", TIMED_OUT, errno.ETIMEDOUT)
        return taken

    def bulk_read(self, dev_handle: str, ep: int, intf: int, buff: MutableSequence[int], timeout: int) -> int:
        assert ep == IN
        end = time.monotonic() + timeout / 1000
        with self._changed:
            self._go_on()
            while not self._said:
                if time.monotonic() >= end:
                    raise USBTimeoutError("Operation timed out", TIMED_OUT, errno.ETIMEDOUT)
                self._changed.wait(TICK)
                self._go_on()
            count = min(len(self._said), len(buff))
            buff[:count] = type(buff)("B", self._said[:count])  # type: ignore[call-arg]
            del self._said[:count]
        return count

    def _go_on(self) -> None:
        self._need()
        self._said += self.printer.receive(b"")

    def _count(self, taken: int) -> None:
        if self.drops_after is not None:
            self.drops_after -= taken
            if self.drops_after <= 0:
                self.drops_after = None
                self.plugged = False
                self._need()
