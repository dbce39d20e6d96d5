"""What agents send. They may be anybody's: everything has a bound, and what is not listed here is refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, IPvAnyAddress

from sturnus.configuration.service import Attempt
from sturnus.core.states import GuestServices
from sturnus.inventory import forms
from sturnus.inventory.service import Announcement

Hostname = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$")]
Mac = Annotated[str, Field(pattern=r"^[0-9a-f]{2}(:[0-9a-f]{2}){5}$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:@+-]{1,64}$")]
Text = Annotated[str, Field(pattern=r"^[ -~]{0,128}$")]
Number = Annotated[int, Field(ge=0, le=2**20)]
Size = Annotated[int, Field(ge=0, le=2**60)]
Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{4,8}$")]
Pages = Annotated[dict[Literal["2M", "1G"], Annotated[int, Field(ge=0, le=2**31)]], Field()]
Address = Annotated[IPvAnyAddress, AfterValidator(forms.same_everywhere)]
Boot = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,80}$")]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Cpu(_Said):
    """One logical processor."""

    cpu: Number
    core: Number
    socket: Number
    node: Number


class MemoryNode(_Said):
    """The memory beside some of the processors."""

    node: Number
    memory_mib: Size
    huge_pages: Pages


class Disk(_Said):
    """One disk."""

    name: Word
    size_bytes: Size
    rotational: bool
    model: Text


class Port(_Said):
    """One network port."""

    name: Word
    mac: Mac
    mtu: Number
    speed_mbps: Number | None  # None: the driver does not say, or there is no link
    pci_address: Word | None = None  # None: it is no PCI device
    driver: Word | None = None
    node: Number | None = None  # None: beside no processor in particular
    sriov_totalvfs: Number | None = None  # None: it cannot be divided


class PciDevice(_Said):
    """One PCI device."""

    address: Word
    vendor: Hex
    device: Hex
    pci_class: Hex
    node: Number | None  # None: beside no processor in particular


class Hardware(_Said):
    """What a host is made of."""

    cpu_model: Text
    memory_mib: Size
    huge_pages: Pages
    cpus: Annotated[list[Cpu], Field(max_length=4096)]
    nodes: Annotated[list[MemoryNode], Field(max_length=256)]
    disks: Annotated[list[Disk], Field(max_length=1024)]
    ports: Annotated[list[Port], Field(max_length=1024)]
    pci_devices: Annotated[list[PciDevice], Field(max_length=4096)]


class HostAnnouncement(_Said):
    """A host in its own words."""

    hostname: Hostname
    mgmt_mac: Mac
    mgmt_ip: Address
    hardware: Hardware

    def to_announcement(self) -> Announcement:
        """As the inventory takes it."""
        return Announcement(
            self.hostname, self.mgmt_mac, str(self.mgmt_ip), self.hardware.model_dump(exclude_none=True)
        )


class Enrolment(_Said):
    """A key that wants to speak for a host. Signed by that key, with a proof that the secret is known."""

    public_key: Digest  # 32 bytes too
    announcement: HostAnnouncement


class SignOfLife(_Said):
    """A host lives, and this is the digest of what it would announce."""

    uptime: Annotated[int, Field(ge=0, le=2**31 - 1)]
    announcement: Digest
    boot: Boot | None = None
    guests: GuestServices | None = None


class NewSession(_Said):
    """An agent's half of the key of its heartbeats (`sturnus.core.heartbeats`)."""

    public_key: Digest  # 32 bytes, X25519


class OrderRequest(_Said):
    """An agent asks what it shall do, and says in which boot of its host."""

    boot: Boot | None = None


class ConfigurationFailure(_Said):
    """A resource that is not as it has to be."""

    resource: Annotated[str, Field(max_length=500)]
    reason: Annotated[str, Field(max_length=2000)]


class ConfigurationAttempt(_Said):
    """What came of a run of Puppet. No failures: the target is reached."""

    target: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
    changed: Number
    failures: Annotated[list[ConfigurationFailure], Field(max_length=50)]

    def to_attempt(self) -> Attempt:
        """As the service takes it."""
        return Attempt(self.target, self.changed, tuple((each.resource, each.reason) for each in self.failures))
