"""Calls that are made at once, each in a thread of its own."""

from concurrent.futures import ThreadPoolExecutor

from common.base.errors import InputError


def at_once(*calls):
    """What each call returns, or the `InputError` that it raises."""

    def caught(call):
        try:
            return call()
        except InputError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return [each.result() for each in [pool.submit(caught, call) for call in calls]]
