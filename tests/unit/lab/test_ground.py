from __future__ import annotations

import io
import stat
import threading
from datetime import timedelta

import pytest

from lab.ground import records
from lab.ground.commands import CommandFailed, run, succeeds
from lab.ground.description import Lab, hosts_of
from lab.ground.errors import LabError
from lab.ground.progress import PlainProgress
from lab.ground.waiting import until


def test_a_failed_program_is_quoted_by_its_last_line() -> None:
    with pytest.raises(CommandFailed) as failed:
        run(["sh", "-c", "echo first >&2; echo 'the reason' >&2; exit 3"])

    assert str(failed.value) == "sh -c echo first >&2; echo 'the reason' >&2; exit 3 ended with status 3: the reason"
    assert failed.value.output == "first\nthe reason\n"


def test_a_program_that_takes_too_long_is_ended() -> None:
    with pytest.raises(CommandFailed, match="took longer than 0 s"):
        run(["sleep", "60"], deadline=timedelta(milliseconds=50))


def test_a_program_that_is_not_installed_is_named() -> None:
    with pytest.raises(CommandFailed, match="no-such-program is not installed: make setup"):
        run(["no-such-program"])


def test_succeeds_tells_status_0_from_others() -> None:
    assert succeeds(["true"])
    assert not succeeds(["false"])


def test_waiting_ends_with_what_was_missing_at_the_last_look() -> None:
    with pytest.raises(LabError) as late:
        until(lambda: "two of three", what="nodes", deadline=timedelta(0), remedy="look at them")

    assert str(late.value) == "nodes: not after 0 s: two of three: look at them"


def test_waiting_ends_at_once_when_nothing_is_missing() -> None:
    until(lambda: None, what="nodes", deadline=timedelta(0), remedy="")


def test_plain_progress_is_a_line_a_step_and_marks_what_failed() -> None:
    out = io.StringIO()
    progress = PlainProgress(out)

    with progress.step("good"):
        pass
    with pytest.raises(ZeroDivisionError), progress.step("bad"):
        raise ZeroDivisionError

    assert out.getvalue() == "   0.0 s  good\n   0.0 s  bad  failed\n"


def test_a_saved_lab_is_read_back_as_it_was(small_lab: Lab) -> None:
    assert records.load("small") is None

    records.save(small_lab)

    assert records.load("small") == small_lab
    assert records.every_lab() == [small_lab]


def test_a_lab_that_is_not_there_is_answered_with_those_that_are(small_lab: Lab) -> None:
    records.save(small_lab)

    with pytest.raises(LabError) as refused:
        records.existing("big")

    assert str(refused.value) == "there is no lab big: lab up --name big (there are: small)"


def test_a_damaged_description_says_how_to_get_rid_of_it(small_lab: Lab) -> None:
    records.save(small_lab)
    small_lab.paths.description.write_text("{")

    with pytest.raises(LabError, match=r"is not a lab's description .* lab down --name small, then lab up"):
        records.load("small")


def test_only_one_at_a_time_changes_a_lab(small_lab: Lab) -> None:
    refused: list[str] = []

    def another() -> None:
        try:
            with records.exclusive("small"):
                pass
        except LabError as error:
            refused.append(error.problem)

    with records.exclusive("small"):
        thread = threading.Thread(target=another)
        thread.start()
        thread.join()

    assert len(refused) == 1
    assert refused[0].startswith("lab small is being changed by process ")


def test_the_lock_holds_again_after_the_lab_was_taken_away(small_lab: Lab) -> None:
    with records.exclusive("small"):
        small_lab.paths.lock.unlink()
    with records.exclusive("small"):
        assert small_lab.paths.lock.exists()


def test_a_replaced_file_has_its_mode_from_the_first_moment(small_lab: Lab) -> None:
    file = small_lab.paths.secrets / "key"

    records.replace_file(file, "secret", 0o600)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["key"]


def test_hosts_of_one_lab_differ_from_another_only_by_the_loopback_network() -> None:
    hosts = hosts_of(1, 1, controller_memory=1, worker_memory=1)
    first, second = Lab(name="a", loopback=77, hosts=hosts), Lab(name="b", loopback=78, hosts=hosts)

    assert first.outside(hosts[0]) == "127.0.77.10"
    assert second.outside(hosts[0]) == "127.0.78.10"
