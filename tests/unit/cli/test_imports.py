import subprocess
import sys

HEAVY = {"requests", "httpx2", "pydantic", "sqlalchemy", "yaml", "fastapi", "asyncio", "prettytable", "argcomplete"}


def test_the_command_imports_nothing_heavy() -> None:
    """`system` is called in loops: what it imports is what its users wait for."""
    program = "import sys, sturnus.cli.system.main as m; m.build_parser(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()

    assert HEAVY.isdisjoint(loaded)
    ours = [name for name in loaded if name.startswith("sturnus.") and not name.startswith("sturnus.cli")]
    assert ours == ["sturnus.tls"]  # which stands on the standard library too
