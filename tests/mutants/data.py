"""What comes in from outside: archives, folders, pictures, downloads; and what a run may learn from."""

from mutants.mutant import Mutant, tests

DATA = "common/data/"
LIMITS, LEAKS = "data/limits", "data/leaks"
TRAP = "data from outside"


def mutant(name: str, file: str, old: str, new: str, *killers: str, where: str = LIMITS, trap: str = TRAP) -> Mutant:
    """An edit of a file of the room of data, or of another one by its whole path."""
    return Mutant(f"data-{name}", trap, file if "/" in file else DATA + file, old, new, tests(where, *killers))


MUTANTS = [
    mutant(
        "statistics-of-all",
        "common/cli/launch.py",
        "preparation(training, dataset.channels",
        "preparation(dataset.train, dataset.channels",
        "images_held_out_of_train_have_no_part_in_the_normalisation",
        where=LEAKS,
        trap="held-out images in the normalisation",
    ),
    mutant(
        "statistics-of-test",
        "common/cli/launch.py",
        "preparation(training, dataset.channels",
        "preparation(dataset.test or training, dataset.channels",
        "images_of_val_and_test_have_no_part_in_the_normalisation",
        where=LEAKS,
        trap="test images in the normalisation",
    ),
    mutant(
        "statistics-by-size",
        "statistics.py",
        "fsum(int(total[channel, power]) / pixels for pixels",
        "fsum(int(total[channel, power]) / 100 for pixels",
        "statistics_of_arrays",
        "pictures_of_every_size_count_alike",
        where="data/statistics",
    ),
    mutant(
        "order-of-images",
        "folders.py",
        "tuple(sorted(images))",
        "tuple(images[::-1])",
        "class_folders",
        where="data/folders",
    ),
    mutant("look-alikes", "folders.py", 'normalize("NFC", name)', "name", "classes_that_look_the_same"),
    mutant(
        "pipes-left-out",
        "folders.py",
        '                    if not entry.is_file():\n                        check_file(entry.path, "image")\n',
        "                    if not entry.is_file():\n                        continue\n",
        "special_files_where_data_is_expected",
    ),
    mutant(
        "folders-seen-again",
        "folders.py",
        "if (status.st_dev, status.st_ino) in seen:",
        "if len(seen) < 0:",
        "links_by_which_folders_are_reached_in_a_thousand_ways",
    ),
    mutant(
        "folders-depth",
        "folders.py",
        "if depth > MOST_DEPTH or",
        "if depth > 9 * MOST_DEPTH or",
        "folders_too_deep_or_too_many_below_a_class",
    ),
    mutant(
        "members-depth",
        "members.py",
        "len(inside.parts) > MOST_DEPTH",
        "len(inside.parts) > 2000",
        "names_too_deep_or_too_long",
    ),
    mutant(
        "members-names",
        "members.py",
        "len(os.fsencode(part)) > LONGEST_NAME",
        "len(part) > LONGEST_NAME",
        "names_too_deep_or_too_long",
    ),
    mutant(
        "members-packed",
        "members.py",
        "(zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)",
        "(zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)",
        "members_that_python_unpacks_in_one_piece",
    ),
    mutant(
        "zip-directory",
        "members.py",
        "if contents.count(ENTRY) > self.members:",
        "if contents.count(ENTRY) > 9 * self.members:",
        "more_entries_in_a_zip_than_it_can_have_are_not_made_objects_of",
    ),
    mutant(
        "tar-members",
        "members.py",
        "if number >= allowed.members:\n                raise too_many(path, allowed.members)\n            name",
        "if number >= 9 * allowed.members:\n                raise too_many(path, allowed.members)\n            name",
        "a_tar_of_more_members_than_its_size_allows",
    ),
    mutant(
        "tar-sparse", "tars.py", "_proc_gnusparse_01 = _proc_gnusparse_10 = ", "_proc_gnusparse_01 = ", "sparse_members"
    ),
    mutant(
        "tar-sparse-old", "tars.py", "header.type == tarfile.GNUTYPE_SPARSE", "header.type == b'!'", "sparse_members"
    ),
    mutant(
        "tar-chain", "tars.py", "archive.extended > MOST_EXTENDED or", "archive.extended > 900 or", "headers_of_headers"
    ),
    mutant("archive-twice", "archives.py", 'open(place, "xb")', 'open(place, "wb")', "two_members_of_one_name"),
    mutant(
        "archive-folders-twice",
        "archives.py",
        "(root / folder).mkdir()",
        "(root / folder).mkdir(exist_ok=True)",
        "a_disk_that_takes_two_names_for_one",
    ),
    mutant(
        "archive-room",
        "archives.py",
        "left = min(allowed.bytes, room)",
        "left = allowed.bytes",
        "no_more_is_unpacked_than_the_disk_has_room_for",
    ),
    mutant(
        "archive-abandoned",
        "archives.py",
        "                remove_tree(folder)\n",
        "                pass\n",
        "what_a_killed_process_was_unpacking_is_removed_and_what_others_unpack_stays",
        where="data/hostile",
    ),
    mutant(
        "gunzip-most",
        "gunzip.py",
        "self.position > self.most:",
        "self.position > self.most + 1:",
        "gzipped_files_in_parts_and_with_padding",
    ),
    mutant("gunzip-parts", "gunzip.py", "self.came // BYTES_A_PART:", "self.came:", "millions_of_empty_parts"),
    mutant(
        "gunzip-cut",
        "gunzip.py",
        'raise EOFError("it ends early")',
        "return chunk",
        "gzipped_files_with_an_error_anywhere",
    ),
    mutant(
        "idx-header",
        "idx.py",
        "if expected > LARGEST:",
        "if expected > 1 << 80:",
        "values_that_no_file_of_the_data_has_are_not_even_read",
        where="data/official",
    ),
    mutant(
        "pickle-keys",
        "pickles.py",
        "isinstance(key, bytes | str | int)",
        "key is not None",
        "pickles_that_are_not_what_they_must_be",
        where="data/official",
    ),
    mutant(
        "pickle-instructions",
        "pickles.py",
        "or number >= MOST_INSTRUCTIONS",
        "or number >= 9 * MOST_INSTRUCTIONS",
        "pickles_that_are_not_what_they_must_be",
        where="data/official",
    ),
    mutant(
        "picture-pixels",
        "encoded.py",
        "    if pixels > most:\n",
        "    if pixels > 4 * most:\n",
        "pixels_are_counted_before_they_are_decoded",
    ),
    mutant(
        "picture-scans",
        "encoded.py",
        "if scans * pixels > MOST_SCANNED:",
        "if scans > MOST_SCANNED:",
        "a_jpeg_of_many_scans",
    ),
    mutant("picture-reads", "encoded.py", "        self.reads += 1\n", "", "pictures_in_too_many_parts"),
    mutant(
        "picture-lists",
        "encoded.py",
        "if kind not in BYTES and count",
        "if kind in BYTES and count",
        "a_tiff_with_lists_as_long_as_the_file",
    ),
    mutant(
        "picture-white",
        "images.py",
        'Image.alpha_composite(Image.new("RGBA", part.size, "white"), part)',
        "part",
        "transparent_pixels_come_out_white",
        where="data/images",
    ),
    mutant(
        "preprocessing-range",
        "preprocessing.py",
        "or not least <= value <= MOST:",
        "or not value <= 1e400:",
        "settings_of_a_preprocessing_are_checked_however_it_is_made",
    ),
    mutant(
        "preprocessing-side",
        "preprocessing.py",
        "1 <= value <= MOST_SIDE",
        "1 <= value <= 9 * MOST_SIDE",
        "settings_of_a_preprocessing_are_checked_however_it_is_made",
    ),
    mutant(
        "augment-rows",
        "batches.py",
        "pixels = padded[top : top + height, left",
        "pixels = padded[left : left + height, left",
        "augmentation_against_a_slow_account",
        where="data/batches",
    ),
    mutant(
        "download-most",
        "download.py",
        "if had > MOST_BYTES:",
        "if had > 9 * MOST_BYTES:",
        "bytes_without_end_are_cut_off",
        where="data/download",
    ),
    mutant(
        "download-slow",
        "download.py",
        "each=STALL, total=SECONDS",
        "each=999, total=999",
        "a_server_that_drips",
        where="data/download",
    ),
    mutant(
        "download-unpacked",
        "download.py",
        "decode_content=False",
        "decode_content=True",
        "packed_bytes_are_not_unpacked",
        where="data/download",
    ),
    mutant(
        "download-left",
        "download.py",
        "                _remove_temporaries(home)\n",
        "                pass\n",
        "what_killed_downloads_left_is_removed",
        where="data/download",
    ),
    mutant(
        "fetch-redirect",
        "fetch.py",
        "if not _on_the_web(here):",
        "if not here:",
        "a_redirect_to_anything_but_the_web",
        where="data/fetch",
    ),
    mutant(
        "fetch-unpacked",
        "fetch.py",
        "decode_content=False",
        "decode_content=True",
        "packed_bytes_are_not_unpacked",
        where="data/fetch",
    ),
    mutant(
        "within-ahead", "within.py", "Queue(AHEAD)", "Queue(0)", "nobody_makes_items_ahead_of_a_slow_reader_without_end"
    ),
    mutant(
        "opener-waits",
        "common/base/openers.py",
        'getattr(os, "O_NONBLOCK", 0)',
        "0",
        "a_name_that_leads_to_a_pipe_after_it_was_looked_at",
        where="base/openers",
    ),
    mutant(
        "tree-moved",
        "common/base/trees.py",
        "if not os.path.samestat(os.stat(folder), seen[-1]):",
        "if not seen:",
        "a_folder_that_is_moved_away_meanwhile_takes_nobody_with_it",
        where="base/openers",
    ),
]
