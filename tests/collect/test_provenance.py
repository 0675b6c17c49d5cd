"""ProvenanceCollector: lineage and records meet in whole digests, never in names."""

import json

import pytest

from govgate.adapters.tables import read_table
from govgate.collect import find_collector
from govgate.collect.provenance import ProvenanceOptions
from govgate.errors import EvidenceError
from govgate.gates.provenance import ProvenanceBounds

SHA, ROWS = "ab" * 32, "cd" * 32
RECORD = {"name": "census", "content": f"sha256:{SHA}", "source": "a census", "contact": "office"}
RECORD |= {"licence": "cc-by-4.0 or mit", "personal": False}
USED = {"name": "train", "sha256": SHA, "rows": "", "context": "training", "gap": ""}


def table(rows, columns):
    return read_table({name: [row.get(name, "") for row in rows] for name in columns})


def measured(lineage=(USED,), records=(RECORD,)):
    tables = {
        "lineage": table(lineage, ("name", "sha256", "rows", "context", "gap")),
        "datasets": table([{"record": json.dumps(r)} for r in records], ("record",)),
    }
    collector = find_collector("provenance/v1").collector
    limits = ProvenanceBounds(licences=("MIT",))
    return collector.measure(tables, ProvenanceOptions(), limits)


def test_a_record_is_bound_by_the_digest_of_the_bytes_or_of_the_rows():
    (data,) = measured().body.data
    assert (data.name, data.content) == ("train (abababab)", f"sha256:{SHA}")
    assert data.record.name == "census"
    by_rows = USED | {"sha256": "ef" * 32, "rows": SHA}
    assert measured([by_rows]).body.data[0].record.name == "census"
    assert measured([USED | {"name": "census", "sha256": ROWS}]).body.data[0].record is None


def test_licences_are_written_as_spdx_does():
    (data,) = measured().body.data
    assert (data.record.licence, data.licence_known) == ("CC-BY-4.0 OR MIT", True)
    (data,) = measured(records=[RECORD | {"licence": "free as in beer"}]).body.data
    assert (data.record.licence, data.licence_known) == ("free as in beer", False)
    (data,) = measured(records=[RECORD | {"licence": "LicenseRef-ours"}]).body.data
    assert data.licence_known


@pytest.mark.parametrize("short", ["", "abcd1234", "AB" * 32, SHA[:-1], SHA + "0", None])
def test_what_is_no_whole_digest_names_nothing(short):
    (data,) = measured([USED | {"sha256": short}]).body.data
    assert data.content is data.record is None
    assert data.name == "train"


def test_gaps_are_kept_in_words_and_nothing_is_a_population_of_none():
    found = measured([{"gap": "run r1 is not there any more"}])
    assert found.body.gaps == ("run r1 is not there any more",)
    assert found.population == {"data sets": 0}
    assert measured([], []).body.data == ()


def test_odd_names_become_words_a_finding_can_carry():
    (data,) = measured([USED | {"name": " a\x1b[31m\n" + "x" * 500, "context": "\t"}]).body.data
    assert data.name.startswith("a [31m xxx")
    assert len(data.name) < 100
    assert data.context == ""
    assert measured([USED | {"name": "\n"}]).body.data[0].name == "unnamed (abababab)"


@pytest.mark.parametrize(
    ("lineage", "records", "said"),
    [
        # NOT OK: a record that is none, two of one digest, more data sets than anybody reads
        ([USED], [RECORD | {"personal": "no"}], "personal of a data-set record"),
        ([USED], [RECORD, RECORD], "two records are of the same digest"),
        ([USED] * 1001, [], "more than 1000 data sets"),
    ],
)
def test_what_cannot_be_bound_is_refused(lineage, records, said):
    with pytest.raises(EvidenceError, match=said):
        measured(lineage, records)
