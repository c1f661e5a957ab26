"""Who imports whom, read from the syntax trees: wherever the import stands, and without running anything."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def modules(*folders: str) -> dict[str, ast.Module]:
    """Name to syntax tree of every module in folders of the project, packages by their own name."""
    found = {}
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = ast.parse(path.read_text(), str(path))
    return found


@cache
def nodes(tree: ast.Module) -> list[ast.AST]:
    """Every node of a tree, of which several rules are asked."""
    return list(ast.walk(tree))


@cache
def imports(tree: ast.Module) -> list[tuple[int, str, tuple[str, ...]]]:
    """(line, module, names taken from it) of every import, also by ``import_module("name")``."""
    found = []
    for node in nodes(tree):
        match node:
            case ast.Import(names):
                found += [(node.lineno, name.name, ()) for name in names]
            case ast.ImportFrom(module, names, level):
                found.append((node.lineno, "." * level + (module or ""), tuple(name.name for name in names)))
            case ast.Call(ast.Name("import_module" | "__import__"), [ast.Constant(str(name)), *_]):
                found.append((node.lineno, name, ()))
            case ast.Call(ast.Attribute(_, "import_module"), [ast.Constant(str(name)), *_]):
                found.append((node.lineno, name, ()))
    return found


def imported(tree: ast.Module, known: Mapping[str, object]) -> Iterator[tuple[int, str]]:
    """(line, module) of every import, in functions and under ``TYPE_CHECKING`` too.

    ``from package import name`` is an import of ``package.name`` where that is a module in ``known``.
    """
    for line, origin, names in imports(tree):
        for inner in [f"{origin}.{name}" for name in names] or [origin]:
            yield line, inner if inner in known else origin


def circles(trees: Mapping[str, ast.Module]) -> list[list[str]]:
    """Sets of modules that import each other, directly or by way of others."""
    arrows = {name: {to for _, to in imported(tree, trees) if to in trees} for name, tree in trees.items()}

    def reached(start):
        found, waiting = set(), [start]
        while waiting:
            new = arrows[waiting.pop()] - found
            found |= new
            waiting += new
        return found

    reach = {name: reached(name) for name in trees}
    found = {tuple(sorted(b for b in reach[a] if a in reach[b])) for a in trees if a in reach[a]}
    return sorted(map(list, found))
