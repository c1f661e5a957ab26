"""Pages that tests look at, and their parts."""

import html5lib
from support.tables import small

from common import nets
from common.site import asked

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&{{ 7 * 7 }} \x1b[31m"


def hostile():
    """A table whose words would be markup."""
    table = small()
    words = {"title": HOSTILE, "source": HOSTILE, "departures": (HOSTILE,)}
    return type(table)(**{**vars(table), **words})


def html(folder, *networks, **settings):
    """The text of a page that is made there; nothing is compared for it unless that is asked for."""
    made = asked.page(networks, folder, **{"prove": False, **settings})
    return open(made["file"], encoding="utf-8").read()


def tree(text):
    """The elements of a page; a page that is no valid HTML raises."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


def words_of(element):
    """All text below an element."""
    return "".join(element.itertext())


def diverging():
    """A report on vgg11 in which the first framework agrees, the second leaves the table, and the third has failed."""
    shapes = nets.get("vgg11").layers

    def stage(name, errors):
        right = {"shape": list(shapes[name].shape), "params": shapes.totals(name).params}
        backends = {backend: {**right, "rel_err": error} for backend, error in errors.items()}
        backends["mxnet"] = {"shape": None, "params": right["params"], "rel_err": None}
        return {"name": name, **right, "limit": 1e-13, "backends": backends}

    errors = {
        name: {"torch": 1e-15 * place, "tf": 1e-3 if place > 2 else 0.0} for place, name in enumerate(stages_of())
    }
    where = stages_of()[3]
    divergence = {"backend": "tf", "stage": where, "what": "output", "where": where, "rel_err": 1e-3}
    failure = {"backend": "mxnet", "stage": None, "what": "error", "where": None, "rel_err": None}
    return {
        **{"net": "vgg11", "mode": "evaluation", "input_shape": [1, 224, 224], "images": 2, "dtype": "float64"},
        **{"backends": ["torch", "tf", "mxnet"], "frameworks": {"torch": "A 1", "tf": "B 2", "mxnet": "C 3"}},
        **{"reference": "numpy", "gradients": None, "statistics": None, "steps": None, "not_judged": []},
        "stages": [stage(name, own) for name, own in errors.items()],
        **{"verdict": "diverge", "first_divergence": divergence, "divergences": [divergence, failure]},
        "errors": {"mxnet": {"phase": "forward", "where": None, "message": "no"}},
    }


def stages_of():
    """The stages of vgg11."""
    return list(nets.get("vgg11").trunk)
