from azure_migrate_exporter.collectors.vsphere.state.unique_names import UniqueNames


def test_a_name_of_its_own_is_the_label() -> None:
    names = UniqueNames()
    assert names.assign("datastore-1", "local") == frozenset()
    assert names.label("datastore-1") == "local"
    assert names.label("datastore-2") == ""


def test_two_objects_of_one_name_have_their_ids_behind_it() -> None:
    names = UniqueNames()
    names.assign("datastore-1", "local")
    assert names.assign("datastore-2", "local") == {"datastore-1"}
    assert names.label("datastore-1") == "local (datastore-1)"
    assert names.label("datastore-2") == "local (datastore-2)"
    assert names.assign("datastore-3", "local") == frozenset()


def test_the_last_one_of_a_name_has_it_to_itself_again() -> None:
    names = UniqueNames()
    for moid in ("datastore-1", "datastore-2", "datastore-3"):
        names.assign(moid, "local")
    assert names.remove("datastore-1") == frozenset()
    assert names.assign("datastore-2", "renamed") == {"datastore-3"}
    assert names.label("datastore-3") == "local"
    assert names.label("datastore-2") == "renamed"


def test_names_need_to_differ_only_within_a_scope() -> None:
    names = UniqueNames()
    names.assign("vm-1", "web", "uuid-1")
    assert names.assign("vm-2", "web", "uuid-2") == frozenset()
    assert names.label("vm-1") == names.label("vm-2") == "web"


def test_assigning_the_same_name_again_changes_nothing() -> None:
    names = UniqueNames()
    names.assign("vm-1", "web")
    names.assign("vm-2", "web")
    assert names.assign("vm-1", "web") == frozenset()
    assert names.remove("vm-9") == frozenset()
