"""Several workers that take numbered jobs from one generator, each job exactly once.

A generator refuses to be asked by two threads at once: "ValueError: generator already executing". A
plain iterator does not refuse, and may give two threads the same item. ``synchronized_iterator``
makes the generator function return an iterator that lets one thread in at a time. No queue is
needed, and no job is made before a worker wants it.

    step  worker-1             worker-2                   the generator
    1     asks, holds the lock                            makes job 1
    2                          asks, waits for the lock
    3     has job 1            holds the lock             makes job 2
    4     works                has job 2, works

Output:

    the jobs that were done: 1 2 3 4 5 6 7 8 9 10 11 12
    each of them once: True
    the last number made: 12
"""

import syncprims as queue
import syncprims as threading

made = []
done = queue.SimpleQueue()


@threading.synchronized_iterator
def jobs(most):
    for number in range(1, most + 1):
        made.append(number)
        yield number


def work(waiting):
    for number in waiting:
        done.put(number)


waiting = jobs(12)
workers = [threading.Thread(target=work, args=(waiting,)) for _ in range(3)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()

numbers = sorted(done.get() for _ in range(done.qsize()))
print("the jobs that were done:", *numbers)
print("each of them once:", len(set(numbers)) == len(numbers))
print("the last number made:", made[-1])
