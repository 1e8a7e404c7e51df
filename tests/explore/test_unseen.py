"""What nothing is seen of is named and takes the proof away; what is harmless does not."""

import concurrent.futures
import functools
import logging
import queue
import sys
import threading
import types
from collections import defaultdict
from dataclasses import dataclass, field

import pytest

import syncprims
from syncprims.explore import explore, watch

from .together import together


def ab_ba(a, b):
    """Take two locks in one order, and in the other: a deadlock, if the locks are seen."""

    def both(first, second):
        with first, second:
            pass

    together(functools.partial(both, a, b), functools.partial(both, b, a))


@dataclass
class Fields:
    """A factory among a dataclass's fields."""

    a: threading.Lock = field(default_factory=threading.Lock)
    b: threading.Lock = field(default_factory=threading.Lock)


class Kept:
    """A factory that a class keeps."""

    lock_class = threading.Lock

    def __init__(self):
        self.a, self.b = self.lock_class(), self.lock_class()


class Defaults:
    """A factory as an argument's default."""

    def __init__(self, make=threading.Lock):
        self.a, self.b = make(), make()


MISSING = defaultdict(threading.Lock)
ONE, TWO = threading.Lock(), threading.Lock()
ALIAS = queue.SimpleQueue[int]


class Base:
    """Locks that a subclass inherits, or finds by a property."""

    a, b = ONE, TWO


class Derived(Base):
    """Names none."""


class Properties:
    """Locks behind properties."""

    @property
    def a(self):
        """The first."""
        return ONE

    @functools.cached_property
    def b(self):
        """The other."""
        return TWO


class Slots:
    """Locks in slots."""

    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a, self.b = a, b


class Meta(type):
    """A metaclass with a lock."""

    made = threading.Lock()

    def __call__(cls):
        with cls.made:
            return super().__call__()


class Single(metaclass=Meta):
    """Made under its metaclass's lock."""


SLOTS = Slots(ONE, TWO)
SPACE = types.SimpleNamespace(a=ONE, b=TWO)
TAKE = ONE.acquire
THREAD = threading.Thread(target=int)
POOL = concurrent.futures.ThreadPoolExecutor(1)


@functools.lru_cache
def cached(index):
    """A global lock, behind a cache."""
    return (ONE, TWO)[index]


class OwnSimpleQueue(queue.SimpleQueue):
    """A class derived from one in C."""


package = types.ModuleType("a_package")
package.module = types.ModuleType("a_package.module")
package.module.first = threading.Lock()


def imports_in_c():
    """Make a lock by its name in C."""
    import _thread

    ab_ba(_thread.allocate_lock(), _thread.allocate_lock())


def scenario_of(kind):
    """Take the two locks of an object of a class in both orders."""

    def scenario():
        made = kind()
        ab_ba(made.a, made.b)

    return scenario


@pytest.mark.parametrize(
    ("scenario", "name"),
    [
        (scenario_of(Fields), "kind.a"),
        (scenario_of(Kept), "kind.lock_class"),
        (scenario_of(Defaults), "__init__"),
        (lambda: ab_ba(MISSING[1], MISSING[2]), "MISSING"),
        (lambda: ALIAS().empty(), "ALIAS"),
        (lambda: OwnSimpleQueue().empty(), "OwnSimpleQueue"),
        (imports_in_c, "allocate_lock"),
    ],
)
def test_explore_of_what_keeps_a_factory_is_bounded(scenario, name):
    """What is made by a factory that is not exchanged is not seen: the factory is named."""
    MISSING.clear()
    result = explore(scenario, race_free=True)
    assert result.verdict == "bounded"
    assert f"{name} makes primitives of the interpreter's own" in result.claim


@pytest.mark.parametrize(
    "scenario",
    [
        scenario_of(Derived),
        scenario_of(Properties),
        lambda: ab_ba(SLOTS.a, SLOTS.b),
        lambda: ab_ba(SPACE.a, SPACE.b),
        lambda: ab_ba(cached(0), cached(1)),
        lambda: package.module.first.locked(),
        lambda: TAKE and None,
        Single,
        lambda: THREAD.name and None,
        lambda: POOL.submit(int) and None,
    ],
)
def test_explore_of_what_finds_a_lock_by_another_way_is_bounded(scenario, monkeypatch):
    """A base class, a property, a slot, a package, a cache: whatever leads to it."""
    monkeypatch.setitem(sys.modules, "a_package", package)
    monkeypatch.setattr(POOL, "submit", lambda function: None)
    result = explore(scenario, race_free=True)
    assert result.verdict == "bounded"
    assert "was made outside" in result.claim


def test_explore_of_what_takes_its_locks_out_of_a_list_is_bounded():
    """What is there is looked at before the scenario can take it away."""
    locks = [threading.Lock(), threading.Lock()]
    result = explore(lambda: ab_ba(locks.pop(), locks.pop()), race_free=True)
    assert "was made outside" in result.claim


def test_explore_of_a_check_that_uses_a_lock_made_before_is_bounded():
    """The check is looked at too."""
    result = explore(
        setup=Derived, threads=["__repr__"], check=lambda state: ONE.locked(), race_free=True
    )
    assert result.verdict == "failed"
    result = explore(setup=object, threads=["__repr__"], check=lambda _: [ONE], race_free=True)
    assert "ONE was made outside" in result.claim


log = logging.getLogger(__name__)


class Ordinary:
    """A class with annotations, a logger and locks of its own."""

    lock: threading.Lock
    jobs: "queue.SimpleQueue[int]"
    limit = 3

    def __init__(self):
        self.lock = threading.Lock()
        self.jobs = queue.SimpleQueue()

    def work(self):
        """Use all of it."""
        with self.lock:
            self.jobs.put(self.limit)
            log.debug("done")


@dataclass
class Record:
    """Annotated with a class of locks; its factory is a list's."""

    lock: threading.Lock
    items: list = field(default_factory=list)


def test_explore_of_an_ordinary_program_is_proved():
    """Annotations, loggers, pools made inside and modules of the library are no reason."""

    def scenario():
        ordinary, record = Ordinary(), Record(threading.Lock())
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            pool.submit(ordinary.work).result()
        with record.lock:
            assert ordinary.jobs.get() == Ordinary.limit

    assert explore(scenario, race_free=True).verdict == "proved"


class OwnEvent(threading.Event):
    """A class derived from the standard library's."""


class OwnBarrier(threading.Barrier):
    """The same."""


def looks_at_an_event():
    """True, if the thread has not come so far."""
    event = OwnEvent()
    thread = threading.Thread(target=event.set)
    thread.start()
    assert not event.is_set()
    thread.join()


def looks_at_a_barrier():
    """The same for one that is broken meanwhile."""
    barrier = OwnBarrier(2)
    thread = threading.Thread(target=barrier.abort)
    thread.start()
    assert not barrier.broken
    thread.join()


@pytest.mark.parametrize("scenario", [looks_at_an_event, looks_at_a_barrier])
def test_explore_sees_what_a_class_derived_from_the_librarys_reads_without_a_lock(scenario):
    """The standard library's own code reads flags without a lock, too."""
    assert explore(scenario, race_free=True).verdict == "failed"


def looks_at_a_queue():
    """True, if the thread has not come so far."""
    jobs = queue.Queue()
    thread = threading.Thread(target=jobs.shutdown)
    thread.start()
    assert not jobs.is_shutdown
    thread.join()


def looks_at_a_cycle():
    """True, if the last to come looks at it before it is broken: else it does not act."""
    found = []
    barrier = threading.Barrier(2, lambda: found.append("acted"))

    def meet():
        try:
            barrier.wait()
        except threading.BrokenBarrierError:
            found.append("broken")

    threads = [threading.Thread(target=meet, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    barrier.reset()
    for thread in threads:
        thread.join(timeout=1)
    assert found != ["broken", "broken"]


@pytest.mark.parametrize("scenario", [looks_at_a_queue, looks_at_a_cycle])
def test_explore_sees_what_the_kit_reads_without_the_mutex(scenario):
    """The same for the kit's own, where it looks once more when the mutex is free."""
    assert explore(scenario, race_free=True).verdict == "failed"


@pytest.mark.parametrize(
    "count", [lambda: threading.active_count(), lambda: len(threading.enumerate())]
)
def test_explore_of_what_counts_threads_is_bounded(count):
    """How many there are is no step: so the proof is not given."""

    def scenario():
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
        assert count()

    result = explore(scenario, race_free=True)
    assert result.verdict == "bounded"
    assert "threads were counted" in result.claim


class Flag:
    """A default in the class, a name like Python's own, and a hole to reach both through."""

    ready = False

    def __init__(self):
        self.__n__ = 0
        self.lock = threading.Lock()

    def is_not_ready(self):
        """Fail if the other was first."""
        assert not self.ready

    def get_ready(self):
        """Hide the class's default."""
        self.ready = True

    def bump(self):
        """Add one."""
        self.__n__ += 1

    def bump_below(self):
        """Add one, as nobody sees it."""
        names = vars(self)
        with self.lock:
            n = names.get("n", 0)
        names["n"] = n + 1

    def is_two(self):
        """Nothing is lost."""
        return self.__n__ == 2


def test_watch_sees_a_read_of_a_classs_default_that_an_object_replaces():
    """Before the first write too."""
    assert explore(setup=Flag, threads=["is_not_ready", "get_ready"]).verdict == "failed"


def test_watch_sees_names_with_two_underlines():
    """They are attributes like others, if the object has them."""
    found = explore(setup=Flag, threads=["bump", "bump"], check=Flag.is_two)
    assert found.verdict == "failed"


def test_explore_of_what_uses_the_dict_of_a_watched_object_is_bounded():
    """What is done to that is not seen."""
    result = explore(setup=Flag, threads=["bump_below"])
    assert result.verdict == "bounded"
    assert "__dict__ of a watched object" in result.claim


@pytest.mark.parametrize("base", [list, dict, set, bytearray])
def test_watch_of_a_class_derived_from_a_container_is_refused(base):
    """What is in it would not be seen, as with the container itself."""
    result = explore(lambda: watch(type("Own", (base,), {})()))
    assert "make it an attribute" in result.failure.message


def test_watch_with_an_always_that_is_false_fails():
    """As with a check."""

    def scenario():
        state = watch(Flag(), always=lambda: not state.ready)
        together(state.get_ready)

    result = explore(scenario)
    assert result.verdict == "failed"
    assert "is false" in result.failure.message


async def coroutine():
    """Never runs."""
    raise AssertionError


def generator():
    """Never runs."""
    yield 1 / 0


async def both():
    """Never runs."""
    yield 1 / 0


class Later:
    """A method that does not run when it is called."""

    async def work(self):
        """Never runs."""
        raise AssertionError

    def rest(self):
        """Do nothing."""


@pytest.mark.parametrize(
    "arguments",
    [
        *({"scenario": each} for each in (coroutine, generator, both)),
        *({"scenario": functools.partial(each)} for each in (coroutine, generator, both)),
        *({"scenario": lambda each=each: each()} for each in (coroutine, generator, both)),
        {"setup": Later, "threads": ["work"]},
        {"setup": Later, "threads": ["rest"], "check": Later.work},
        {"setup": Later, "threads": ["nothing"]},
        {"setup": Later, "threads": "rest"},
        {"setup": Later, "threads": [Later.rest]},
        {"setup": Later, "threads": ["rest"], "check": "rest"},
        {"setup": Later, "threads": ["rest"], "check": lambda: True},
        {"setup": 5, "threads": ["rest"]},
        {"scenario": 5},
        {"scenario": lambda argument: argument},
        {"scenario": int, "max_executions": 0},
        {"scenario": int, "max_executions": 1.5},
        {"scenario": int, "max_seconds": -1},
        {"scenario": int, "max_seconds": float("nan")},
        {"scenario": int, "preemptions": 1.5},
        {"scenario": int, "preemptions": True},
        {"scenario": int, "strategy": None},
    ],
)
def test_explore_of_what_is_no_scenario_raises(arguments):
    """ValueError, not a proof of what never ran, nor a failure of what was never meant."""
    with pytest.raises(ValueError, match=r"."):
        explore(**arguments)


@pytest.mark.parametrize("arguments", [{"schedule": None}, {"schedule": "0s", "timeouts": "no"}])
def test_replay_with_arguments_that_do_not_fit_raises(arguments):
    """The same for a replay."""
    with pytest.raises(ValueError, match=r"schedule|timeouts"):
        syncprims.explore.replay(int, **arguments)


class Items:
    """A dict and a list that threads use at once."""

    def __init__(self):
        self.items, self.some, self.lock = {1: 1}, [1], threading.Lock()
        self.jobs = queue.Queue()

    def loop(self):
        """Keep an iterator over a step."""
        for key in self.items:
            self.jobs.put(key)

    def add(self):
        """Change what the other goes through."""
        self.items[2] = 2

    def keep(self):
        """Keep the list in a variable over a step."""
        some = self.some
        if some:
            self.jobs.put(0)
            some.pop()

    def loop_locked(self):
        """The same, and nobody can come in between."""
        with self.lock:
            for key in self.items:
                self.jobs.put(key)

    def add_locked(self):
        """Wait until the other has gone through."""
        with self.lock:
            self.items[2] = 2

    def swap_out(self):
        """Take all there is, and go through it alone."""
        with self.lock:
            some, self.some = self.some, []
        for item in some:
            self.jobs.put(item)

    def append(self):
        """Do not keep it."""
        with self.lock:
            self.some.append(1)


counted = pytest.mark.skipif(
    not hasattr(sys, "getrefcount"), reason="nobody counts references here"
)


@counted
@pytest.mark.parametrize("threads", [["loop", "add"], ["keep", "keep"]])
def test_explore_of_what_keeps_a_watched_container_over_a_step_is_no_proof(threads):
    """What is done with it later is not seen; a search of all orders finds what goes wrong."""
    result = explore(setup=Items, threads=threads)
    assert result.verdict == "bounded"
    assert "kept over a step" in result.claim
    assert explore(setup=Items, threads=threads, strategy="dfs").verdict == "failed"


@pytest.mark.parametrize(
    "threads", [["loop_locked", "add_locked"], ["swap_out", "append"], ["loop", "append"]]
)
def test_explore_of_what_keeps_a_container_that_nobody_can_change_is_proved(threads):
    """A lock around it, a list of one's own, other threads with other lists: no reason."""
    assert explore(setup=Items, threads=threads).verdict == "proved"


class Filing:
    """Keeps its attributes in a dict of its own."""

    def __init__(self):
        object.__setattr__(self, "_kept", {"n": 0})

    def __getattr__(self, name):
        return object.__getattribute__(self, "_kept")[name]

    def __setattr__(self, name, value):
        self._kept[name] = value

    def add(self):
        """Read and write."""
        self.n = self.n + 1

    def is_two(self):
        """None is lost."""
        assert self.n == 2


def test_watch_of_what_files_its_attributes_away_sees_them():
    """A class's own __setattr__ is not asked whether its objects may be watched."""
    found = explore(setup=Filing, threads=["add", "add"], check=Filing.is_two)
    assert found.verdict == "failed"


@dataclass(frozen=True)
class Frozen:
    """Attributes that are never set again."""

    n: list = field(default_factory=list)

    def add(self):
        """Change what is in one."""
        self.n.append(1)


def test_watch_of_a_frozen_dataclass_is_no_failure():
    """What refuses to be changed can be watched."""
    assert explore(setup=Frozen, threads=["add", "add"]).verdict == "proved"


@dataclass
class Point:
    """Is equal to one with the same attributes."""

    x: int = 0

    def move(self):
        """Change it."""
        self.x += 1


def test_watch_of_a_dataclass_leaves_it_equal_to_its_like():
    """A watched object is of its class."""

    def scenario():
        point = watch(Point())
        together(point.move)
        assert point == Point(1)
        assert isinstance(point, Point)

    assert explore(scenario).verdict == "proved"


def test_put_that_does_not_wait_is_tried_before_and_after_a_get():
    """Whether a queue is full is a question to all who use it."""

    class Buffer:
        def __init__(self):
            self.queue, self.dropped = queue.Queue(1), 0

        def put(self):
            for item in (1, 2):
                try:
                    self.queue.put_nowait(item)
                except queue.Full:
                    self.dropped += 1

        def get(self):
            self.queue.get()

        def drops_one(self):
            assert self.dropped == 1

    found = explore(setup=Buffer, threads=["put", "get"], check=Buffer.drops_one)
    assert found.verdict == "failed"
