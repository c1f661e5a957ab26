"""What the page of ``googlenet page`` would be wrong about."""

from mutants.mutant import Mutant, tests

SITE = "common/site/"
COLUMNS = tests("site/page", "every_column_is_the_file_that_is_written")
NAMES = tests("site/page", "every_layer_has_a_line_in_every_framework_and_no_line_has_another_name")
LINES = tests("site/page", "a_line_stands_for_the_layers_that_are_made_in_it")
ROWS = tests("site/page", "rows_hold_what_belongs_together")
HOSTILE = tests("site/page", "words_of_a_table_are_words")
REFUSED = tests("site/page", "bad_input_is_one_line_and_nothing_is_written")
LIT = tests("site/browser", "a_line_lights_up_in_every_framework_and_in_the_strip")
LANGUAGE = tests("site/browser", "the_language_changes_everything_and_stays")
DRAWN = tests("site/browser", "the_drawing_is_unpacked_and_lights_up_with_the_code")
COLOURS = tests("site/browser", "a_drawing_has_the_colours_that_were_chosen")
SIZES = tests("site/browser", "sizes_choose_a_network")
FACTS = tests("site/page", "facts_and_sizes_are_those_of_the_tables")
IDS = tests("site/page", "drawings_of_one_page_share_no_id")
DOCUMENTS = tests("site/documents", "every_link_leads_to_a_page_and_a_place_on_it") + tests("site/documents", "links")
TABS = tests("site/browser", "documents_show_one_framework_at_a_time_and_remember_it")
NONSENSE = tests("site/browser", "what_is_remembered_may_be_nonsense_or_refused")

MUTANTS = [
    Mutant(
        "page-drops-empty-lines",
        "a column is the whole file",
        SITE + "beside.py",
        "for line in lines[last:])]",
        "for line in lines[last + 1 :])]",
        COLUMNS,
    ),
    Mutant(
        "page-markup-in-code",
        "code is text",
        SITE + "coloured.py",
        "        return escape(text, quote=False)\n",
        "        return text\n",
        COLUMNS + HOSTILE,
    ),
    Mutant(
        "page-one-letter-of-a-loop",
        "a loop over letters makes a block for each",
        SITE + "named_lines.py",
        "            for letter in letters:",
        "            for letter in letters[:1]:",
        NAMES + LINES,
    ),
    Mutant(
        "page-blocks-without-layers",
        "a line of a class stands for a layer of each of its blocks",
        SITE + "named_lines.py",
        "            if own and inner in classes:",
        "            if own and inner in classes and not prefix:",
        NAMES + LINES,
    ),
    Mutant(
        "page-stages-in-one",
        "each stage is a row",
        SITE + "parts.py",
        "            if (name := assigned(statement)) in stages:",
        "            if (name := assigned(statement)) in [*stages][:1]:",
        ROWS,
    ),
    Mutant(
        "page-data-ends-its-script",
        "words of a table are words",
        SITE + "rendering.py",
        '.replace("<", "\\\\u003c")',
        "",
        ("tests/base/test_faces.py::test_examples_are_true",),
    ),
    Mutant(
        "page-templates-trust-tables",
        "words of a table are words",
        SITE + "rendering.py",
        "autoescape=True",
        "autoescape=False",
        HOSTILE,
    ),
    Mutant(
        "page-twice-the-same",
        "a network is shown once",
        SITE + "asked.py",
        "names.count(name) > 1",
        "names.count(name) > 2",
        REFUSED,
    ),
    Mutant(
        "page-lights-only-itself",
        "what is below a name is marked with it",
        SITE + "templates/page.js",
        'element.classList.add("within")',
        'element.classList.remove("within")',
        LIT,
    ),
    Mutant(
        "page-templates-stay-english",
        "a network out of a template is in the language of the page",
        SITE + "templates/page.js",
        "      translate(own);\n",
        "",
        LANGUAGE,
    ),
    Mutant(
        "page-trusts-what-is-remembered",
        "what is remembered may be nonsense",
        SITE + "templates/page.js",
        'language = code in words.brand ? code : "en";',
        "language = code;",
        NONSENSE,
    ),
    Mutant(
        "page-folded-blocks-are-one",
        "a block that is drawn for seven lights up for each",
        SITE + "templates/page.js",
        "(element.dataset.names || element.dataset.name).split",
        "element.dataset.name.split",
        DRAWN,
    ),
    Mutant(
        "page-drawings-stay-packed",
        "a drawing is unpacked when its network is shown",
        SITE + "templates/page.js",
        "      place.innerHTML = await new Response(stream).text();\n",
        "",
        DRAWN,
    ),
    Mutant(
        "page-drawings-as-the-system",
        "a drawing has the colours that were chosen",
        SITE + "drawings.py",
        "    for theme, column in",
        "    for theme, column in () and",
        COLOURS,
    ),
    Mutant(
        "page-sizes-choose-nothing",
        "a network is chosen by its size",
        SITE + "templates/page.js",
        "    else if (button.dataset.choose) choose(button.dataset.choose);\n",
        "",
        SIZES,
    ),
    Mutant(
        "page-bars-of-another-kind",
        "bars are as wide as the numbers are large",
        SITE + "templates/networks.html",
        "/ most[kind])",
        "/ most.macs)",
        FACTS,
    ),
    Mutant(
        "page-ids-twice",
        "drawings of one page share no id",
        SITE + "drawings.py",
        "draw(table, prefix=prefix)",
        "draw(table)",
        IDS,
    ),
    Mutant(
        "documents-dead-links",
        "a link that leads nowhere is a link",
        SITE + "markdown.py",
        "                if link is None:\n                    dead += 1\n                    continue\n",
        '                if link is None:\n                    link = Link(target, "")\n',
        DOCUMENTS,
    ),
    Mutant(
        "documents-alphabetical",
        "the index does not say the order",
        SITE + "documents.py",
        "(INDEX, *named, *texts)",
        "(INDEX, *texts)",
        tests("site/documents", "the_index_names_every_page"),
    ),
    Mutant(
        "documents-html",
        "markup in a text is markup",
        SITE + "markdown.py",
        '{"html": False}',
        '{"html": True}',
        tests("site/documents", "words_are_words"),
    ),
    Mutant(
        "documents-one-tab-for-all",
        "code that is printed for two frameworks is shown for the first",
        SITE + "markdown.py",
        '    own = " ".join(_frameworks(token))\n',
        '    own = " ".join(_frameworks(token)[:1])\n',
        tests("site/documents", "the_code_is_that_of_the_text"),
    ),
    Mutant(
        "documents-outside-picture",
        "a page takes pictures from anywhere",
        SITE + "markdown.py",
        "inside = path.resolve().is_relative_to(folder.resolve())",
        "inside = True",
        tests("site/documents", "bad_folders_are_one_line_and_nothing_is_written"),
    ),
    Mutant(
        "documents-choice-of-a-group",
        "a tab changes its own group alone",
        SITE + "templates/document.js",
        'for (const tabs of $$(".tabs")) {',
        'for (const tabs of $$(".tabs").slice(0, 1)) {',
        TABS,
    ),
    Mutant(
        "documents-forget",
        "a choice of framework is forgotten",
        SITE + "templates/document.js",
        '    kept.set("framework", framework);\n',
        "",
        TABS,
    ),
]
