"""Trees of folders of any depth, without recursion and without paths as long as the tree is deep."""

import os
import shutil
from contextlib import suppress

FLAGS = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


def remove_tree(root: str | os.PathLike) -> None:
    """Remove a folder with all that is in it, however deep; links are removed, and never followed.

    `shutil.rmtree` calls itself and fails where a tree is some 1,000 folders deep. Here one folder is open at a time,
    and every name is looked up in it, so neither calls nor open files nor paths grow with the depth. What cannot be
    removed stays, and no error is raised: the next call tries again.

    >>> import pathlib
    >>> pathlib.Path("a/b/c").mkdir(parents=True)
    >>> remove_tree("a")
    >>> os.path.exists("a")
    False
    """
    with suppress(OSError):
        if os.path.islink(root) or not os.path.isdir(root):
            os.unlink(root)
            return
        if os.open not in os.supports_dir_fd:  # Windows, where no path is that long
            shutil.rmtree(root, ignore_errors=True)
            return
        os.chmod(root, 0o700)
        _empty(os.open(root, FLAGS))
        os.rmdir(root)


def _empty(folder: int) -> None:
    """Remove all that is in an open folder, and close it."""
    names: list[str] = []  # of the folders from the root to the open one
    seen = [os.stat(folder)]  # the status of the root and of each of them
    left = [_unlink_files(folder)]  # the folders in each of them that are not empty yet
    try:
        while left[-1] or names:
            if left[-1]:
                name = left[-1].pop()
                with suppress(OSError):  # one that cannot be opened stays
                    folder = _instead(folder, name)
                    names.append(name)
                    seen.append(os.stat(folder))
                    left.append(_unlink_files(folder))
            else:
                folder = _instead(folder, "..")
                left.pop(), seen.pop()
                if not os.path.samestat(os.stat(folder), seen[-1]):
                    return  # somebody has moved it meanwhile: what is around it is not ours
                with suppress(OSError):
                    os.rmdir(names.pop(), dir_fd=folder)
    finally:
        os.close(folder)


def _instead(folder: int, name: str) -> int:
    """Open a folder that lies in an open one, which is closed then."""
    if name != "..":
        with suppress(OSError, NotImplementedError):
            os.chmod(name, 0o700, dir_fd=folder)  # those of an archive may forbid their owner to look
    opened = os.open(name, FLAGS, dir_fd=folder)
    os.close(folder)
    return opened


def _unlink_files(folder: int) -> list[str]:
    """Remove all but folders from an open folder, and return the names of the folders."""
    folders = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            else:
                with suppress(OSError):
                    os.unlink(entry.name, dir_fd=folder)
    return folders
