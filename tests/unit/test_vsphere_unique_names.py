from azure_migrate_exporter.collectors.vsphere.unique_names import Labels


def test_a_name_of_its_own_is_the_label() -> None:
    labels = Labels()
    assert labels.set("datastore-1", "local") == frozenset()
    assert labels.of("datastore-1") == "local"
    assert labels.of("datastore-2") == ""


def test_two_objects_of_one_name_are_told_apart_by_their_ids() -> None:
    labels = Labels()
    labels.set("datastore-1", "local")
    assert labels.set("datastore-2", "local") == {"datastore-1"}
    assert labels.of("datastore-1") == "local (datastore-1)"
    assert labels.of("datastore-2") == "local (datastore-2)"
    assert labels.set("datastore-3", "local") == frozenset()


def test_the_last_one_of_a_name_has_it_to_itself_again() -> None:
    labels = Labels()
    for moid in ("datastore-1", "datastore-2", "datastore-3"):
        labels.set(moid, "local")
    assert labels.drop("datastore-1") == frozenset()
    assert labels.set("datastore-2", "renamed") == {"datastore-3"}
    assert labels.of("datastore-3") == "local"
    assert labels.of("datastore-2") == "renamed"


def test_what_else_tells_them_apart_suffices() -> None:
    labels = Labels()
    labels.set("vm-1", "web", "uuid-1")
    assert labels.set("vm-2", "web", "uuid-2") == frozenset()
    assert labels.of("vm-1") == labels.of("vm-2") == "web"


def test_naming_again_the_same_changes_nothing() -> None:
    labels = Labels()
    labels.set("vm-1", "web")
    labels.set("vm-2", "web")
    assert labels.set("vm-1", "web") == frozenset()
    assert labels.drop("vm-9") == frozenset()
