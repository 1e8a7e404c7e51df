"""What the standard library builds on its primitives works on the kit's."""

import asyncio
import concurrent.futures
import logging
import logging.handlers
import multiprocessing.pool
import queue
import sched
import socket
import socketserver
import threading
import time

import pytest

import syncprims


@pytest.fixture(autouse=True)
def swapped(syncprims_swap):
    return syncprims_swap


def test_thread_pool_executor_works_swapped():
    """Results in order, an exception where it belongs, and a shutdown that ends."""
    with concurrent.futures.ThreadPoolExecutor(4) as executor:
        assert list(executor.map(pow, range(50), [2] * 50)) == [n * n for n in range(50)]
        failing = executor.submit(int, "x")
        with pytest.raises(ValueError, match="invalid literal"):
            failing.result(10)
        assert isinstance(failing._condition, syncprims.Condition)


def test_queue_listener_works_swapped():
    """Every record arrives, in order, before stop returns."""
    records = queue.Queue()
    assert isinstance(records, syncprims.Queue)
    seen = logging.handlers.BufferingHandler(1000)
    listener = logging.handlers.QueueListener(records, seen)
    listener.start()
    logger = logging.Logger("swapped")
    logger.addHandler(logging.handlers.QueueHandler(records))
    for n in range(100):
        logger.warning("%d", n)
    listener.stop()
    assert [record.getMessage() for record in seen.buffer] == [str(n) for n in range(100)]


def test_threading_server_works_swapped():
    """Twenty clients at once get their answers, and the server closes."""

    class Echo(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(self.rfile.readline().upper())

    class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
        daemon_threads = False

    def ask(n):
        with socket.create_connection(server.server_address, 10) as client:
            client.sendall(b"hello %d\n" % n)
            answers.append(client.makefile().readline())

    answers = []
    with Server(("127.0.0.1", 0), Echo) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        clients = [threading.Thread(target=ask, args=(n,)) for n in range(20)]
        for client in clients:
            client.start()
        for client in clients:
            client.join(10)
        server.shutdown()
        serving.join(10)
    assert sorted(answers) == sorted(f"HELLO {n}\n" for n in range(20))


def test_multiprocessings_thread_pool_works_swapped():
    """map and apply_async, and a close that joins."""
    with multiprocessing.pool.ThreadPool(3) as pool:
        assert pool.map(abs, range(-20, 0)) == list(range(20, 0, -1))
        assert pool.apply_async(divmod, (7, 2)).get(10) == (3, 1)
        pool.close()
        pool.join()


def test_asyncios_to_thread_works_swapped():
    """Calls in threads, awaited together."""

    async def main():
        calls = [asyncio.to_thread(divmod, n, 3) for n in range(20)]
        return await asyncio.gather(*calls)

    assert asyncio.run(main()) == [divmod(n, 3) for n in range(20)]


def test_sched_works_swapped():
    """Events run in the order of their times."""
    scheduler, done = sched.scheduler(time.monotonic, time.sleep), []
    for delay in (0.02, 0.0, 0.01):
        scheduler.enter(delay, 1, done.append, (delay,))
    scheduler.run()
    assert done == [0.0, 0.01, 0.02]


def test_thread_timer_and_local_work_swapped():
    """Threads start, join and time out on the kit's events."""
    fired = threading.Event()
    timer = threading.Timer(0.01, fired.set)
    timer.start()
    assert isinstance(timer.finished, syncprims.Event)
    assert fired.wait(10)
    timer.join(10)
    assert not timer.is_alive()
