"""The simulation of many machines agrees with queueing theory where that has an answer."""

import math
import random
import statistics
from dataclasses import replace

import pytest

from bench import queues
from bench.queues import Costs

COSTS = Costs(0.02, 0.006, 0.3, 0.003, 0.0001, 5e5, 0.001, 0.001, 0.004)


def erlang_c(servers: int, offered: float) -> float:
    """The chance that one who comes has to wait, where coming and serving are memoryless."""
    terms = [offered**n / math.factorial(n) for n in range(servers)]
    last = offered**servers / math.factorial(servers) * servers / (servers - offered)
    return last / (sum(terms) + last)


def waited(servers, busy, service, seed):
    """Mean seconds before being served, of people who come at random and keep the servers so busy."""
    chance = random.Random(seed)
    count, now, come, takes = 120_000, 0.0, [], []
    for _ in range(count):
        now += chance.expovariate(busy * servers)
        come.append(now)
        takes.append(service(chance))
    done = queues.served(come, takes, servers)
    return statistics.fmean(e - c - t for c, t, e in zip(come, takes, done, strict=True))


@pytest.mark.parametrize(("servers", "busy"), [(1, 0.7), (2, 0.8), (5, 0.7)])
def test_memoryless_service_waits_as_erlang_says(servers, busy):
    expected = erlang_c(servers, servers * busy) / (servers * (1 - busy))
    found = waited(servers, busy, lambda chance: chance.expovariate(1), seed=3)
    assert found == pytest.approx(expected, rel=0.06)


def test_service_that_always_takes_as_long_waits_half_of_that():
    """Pollaczek and Khinchine, for one server."""
    found = waited(1, 0.7, lambda chance: 1.0, seed=4)
    assert found == pytest.approx(0.7 / (2 * 0.3), rel=0.05)


def test_a_class_of_one_waits_for_nginx_and_itself_and_a_second_machine_for_redis_too():
    [alone] = queues.turned(1, 3, COSTS)
    assert alone == pytest.approx(COSTS.front_step + COSTS.step)
    two = queues.turned(2, 2, replace(COSTS, lay=1.0))
    assert max(two) > 1.0 > min(two)


def test_nobody_is_lost_and_more_machines_never_make_a_class_wait_longer():
    before = math.inf
    for machines in (1, 2, 4, 8):
        waits = queues.turned(800, machines, COSTS)
        assert len(waits) == 800 and min(waits) > COSTS.step
        assert queues.late(waits) <= before
        before = queues.late(waits)


def test_the_largest_class_holds_and_one_much_larger_does_not():
    found = queues.most(2, COSTS)
    assert queues.holds(found, 2, COSTS) and not queues.holds(int(1.1 * found) + 2, 2, COSTS)


def test_nginx_is_where_more_machines_stop_to_help():
    slow = replace(COSTS, front_step=0.002)
    # 0.5 s of arrivals and 0.5 s of patience: those who wait less than that are served in a second
    assert queues.most(40, slow) == queues.most(80, slow) == pytest.approx(500, rel=0.1)
