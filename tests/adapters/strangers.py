"""culsans' queues and aiologic's semaphores, plugged into the suite in ten lines."""

import aiologic
import culsans


def Queue(maxsize=0):
    return culsans.Queue(maxsize).sync_q


def LifoQueue(maxsize=0):
    return culsans.LifoQueue(maxsize).sync_q


def PriorityQueue(maxsize=0):
    return culsans.PriorityQueue(maxsize).sync_q


class Semaphore(aiologic.Semaphore):
    acquire = aiologic.Semaphore.green_acquire
