"""Work for others: in order, a window at a time, each worker's model unpacked once, a dead worker said."""

import os
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from numm_stats.errors import ComputationError
from numm_stats.inference.statmodel import read_workspace
from numm_stats.inference.working import packed, unpacked
from numm_stats.workers import WINDOW, in_order


def square(x):
    return x * x


def die(x):
    os._exit(x)


@pytest.mark.parametrize("workers", [None, 1, 3])
def test_results_come_in_order(workers):
    executor = None if workers is None else ThreadPoolExecutor(workers)
    assert list(in_order(square, ((x,) for x in range(300)), executor)) == [x * x for x in range(300)]


def test_no_more_than_a_window_is_handed_out():
    asked = []

    def arguments():
        for x in range(10 * WINDOW):
            asked.append(x)
            yield (x,)

    with ThreadPoolExecutor(2) as executor:
        results = in_order(square, arguments(), executor)
        next(results)
        assert len(asked) <= WINDOW
        results.close()


def test_a_worker_that_dies_is_said():
    with ProcessPoolExecutor(1) as executor, pytest.raises(ComputationError, match="a worker process died"):
        list(in_order(die, [(3,)], executor))


def test_a_worker_unpacks_a_model_once(build):
    model = read_workspace(build.counting())
    content = packed(model)
    assert unpacked(content) is unpacked(bytes(bytearray(content)))
    assert unpacked(content).poi == model.poi
