import base64
import itertools
import threading

from azure_migrate_exporter.collectors.storage.upload import LARGEST, SMALLEST, Block, BlockQueue, next_size

MIB = 1024 * 1024


def taken(queue: BlockQueue, *sizes: int) -> list[Block]:
    """Every block, the wanted sizes in turn."""
    blocks = (queue.take(size) for size in itertools.cycle(sizes))
    return [block for block in itertools.takewhile(lambda block: block is not None, blocks) if block]


def test_blocks_of_any_sizes_make_up_every_blob_exactly() -> None:
    queue = BlockQueue(["a", "b"], 10 * MIB)
    blocks = taken(queue, MIB, 3 * MIB, 100)
    for name in ("a", "b"):
        assert sum(block.size for block in blocks if block.name == name) == 10 * MIB
    assert [block.name for block in blocks] == sorted(block.name for block in blocks)


def test_the_ids_of_a_blob_are_base64_and_equally_long() -> None:
    blocks = taken(BlockQueue(["a"], 2000 * SMALLEST), SMALLEST)
    ids = [base64.b64decode(block.id, validate=True) for block in blocks]
    assert len(set(ids)) == 2000
    assert {len(block_id) for block_id in ids} == {6}


def test_a_blob_is_committed_once_by_whoever_acknowledges_its_last_block() -> None:
    queue = BlockQueue(["a"], 3 * MIB)
    first, second, third = taken(queue, MIB)
    assert queue.acknowledge(third) == []
    assert queue.acknowledge(first) == []
    assert queue.acknowledge(second) == [first.id, second.id, third.id]


def test_a_blob_whose_last_block_is_not_handed_out_yet_is_not_committed() -> None:
    queue = BlockQueue(["a"], 2 * MIB)
    block = queue.take(MIB)
    assert block is not None
    assert queue.acknowledge(block) == []


def test_begun_are_the_blobs_that_something_was_sent_for() -> None:
    queue = BlockQueue(["a", "b", "c"], MIB)
    assert queue.begun == []
    for _ in range(2):
        queue.take(MIB)
    assert queue.begun == ["a", "b"]


def test_threads_share_a_queue_without_losing_or_repeating_a_byte() -> None:
    queue = BlockQueue([str(number) for number in range(8)], MIB)
    committed: list[list[str]] = []

    def work() -> None:
        while (block := queue.take(1000)) is not None:
            if ids := queue.acknowledge(block):
                committed.append(ids)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(ids) for ids in committed] == [-(-MIB // 1000)] * 8


def test_a_fast_path_soon_gets_the_largest_blocks() -> None:
    sizes = [SMALLEST]
    while sizes[-1] < LARGEST:
        sizes.append(next_size(sizes[-1], 0.001))
    assert sizes == [64 * 1024, 256 * 1024, MIB, 4 * MIB, 8 * MIB]


def test_a_slow_path_gets_blocks_that_take_about_half_a_second() -> None:
    assert next_size(SMALLEST, 1.3) == SMALLEST  # 50 kB/s, an eighth of 400 kB/s
    assert next_size(SMALLEST, 0.25) == 2 * SMALLEST
    assert next_size(MIB, 0.4) == int(MIB / 0.8)


def test_a_path_that_slows_down_gets_smaller_blocks() -> None:
    assert next_size(LARGEST, 4.0) == LARGEST // 8
    assert next_size(LARGEST, 3600.0) == SMALLEST


def test_a_block_that_took_no_measurable_time_is_no_division_by_zero() -> None:
    assert next_size(SMALLEST, 0.0) == 4 * SMALLEST
