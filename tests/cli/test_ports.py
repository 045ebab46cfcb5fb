"""Which ports are free, and who holds the others."""

import os
import socket

from cli.ports import free_ports, holder_of, is_free


def test_a_port_on_which_somebody_listens_is_not_free_and_its_holder_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
        assert holder_of(port).pid == os.getpid()
        assert "python" in holder_of(port).command
    assert is_free(port)


def test_a_listener_on_all_addresses_counts_too() -> None:
    with socket.create_server(("0.0.0.0", 0)) as server:
        assert not is_free(server.getsockname()[1])


def test_free_ports_are_different_and_outside_the_range_of_outgoing_connections() -> None:
    ports = free_ports(9)
    assert len(set(ports)) == 9
    assert all(port < 32_768 for port in ports)
