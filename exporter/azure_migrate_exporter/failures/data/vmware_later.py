"""VMware's errors that later versions of the article added, and the code that carries any of them (1028)."""

from dataclasses import replace
from typing import Final

from azure_migrate_exporter.failures import evidence, links
from azure_migrate_exporter.failures.data import steps
from azure_migrate_exporter.failures.model import Article, Cause, Check, Code, Failure, Source, Step, Strength, Text

_SIGNS: Final = (Check(evidence.TASK_FAULT),)

FILE_TOO_LARGE: Final = Failure(
    id="file_too_large",
    title=Text("A snapshot file is larger than its datastore allows (FileLargerThanMaxSupported)"),
    summary=Text("A snapshot of the disk could exceed the maximum file size of the datastore, so VMware refuses it."),
    since=Article.Y2022,
    signs=_SIGNS,
    symbols=("FileLargerThanMaxSupported",),
    english=("file is larger than maximum file size supported", "file is larger than the maximum size supported"),
    causes=(
        Cause(
            "file_size",
            Text("The maximum file size of the datastore's format is smaller than the disk and its snapshot require."),
            (
                Step(
                    Text("Compare the disks of {vm} with the file system version of their datastores."),
                    (
                        "Get-HardDisk -VM $vm | Format-Table Name, CapacityGB, Filename",
                        ("Get-Datastore -RelatedObject $vm | Format-Table Name, Type, FileSystemVersion"),
                    ),
                ),
                Step(
                    Text(
                        "Move {vm} to a datastore whose format supports larger files; VMware's article has the table."
                    ),
                    ("Move-VM -VM $vm -Datastore (Get-Datastore | Where-Object Name -eq '<datastore>')",),
                    source=Source.VMWARE,
                    links=(links.KB_1012384,),
                ),
                Step(Text("A changed disk path may cause no_disk_snapshots for a few cycles; it resolves itself.")),
            ),
            source=Source.MICROSOFT,
        ),
    ),
    then=(steps.NEXT_CYCLE,),
)

CANNOT_CONNECT_TO_HOST: Final = Failure(
    id="cannot_connect_to_host",
    title=Text("VMware cannot connect to the host (CannotConnectToHost)"),
    summary=Text("The ESXi host that runs the machine is cut off from the network or from vCenter."),
    since=Article.Y2022,
    signs=_SIGNS,
    symbols=("CannotConnectToHost",),
    english=("cannot connect to the host",),
    causes=(
        Cause(
            "host_off_network",
            Text("The host {host} is down, or its management network is."),
            (
                Step(
                    Text("Check the host of {vm} in vCenter."),
                    ("Get-VMHost -VM $vm | Format-Table Name, ConnectionState, PowerState",),
                    source=Source.MICROSOFT,
                ),
                Step(
                    Text("Check whether it can be reached from the appliance."),
                    (
                        "Test-NetConnection -ComputerName {host} -Port 902",
                        "Test-NetConnection -ComputerName {host} -Port 443",
                    ),
                ),
                Step(
                    Text(
                        "Restore the host or its network, then reconnect it in vCenter; or move {vm} to another host."
                    ),
                    ("Set-VMHost -VMHost $esx -State Connected",),
                    source=Source.MICROSOFT,
                    links=(links.KB_1004109,),
                ),
            ),
            (Check(evidence.HOST_CONNECTION), Check(evidence.ESXI)),
            source=Source.MICROSOFT,
        ),
    ),
    then=(steps.NEXT_CYCLE,),
)

CHANGE_TRACKER_SAVE_FAILED: Final = Failure(
    id="change_tracker_save_failed",
    title=Text("The snapshot could not be saved: invalid change tracker error code"),
    summary=Text("While a snapshot was saved, VMware could not write the disk's change tracking file."),
    since=Article.Y2022,
    signs=_SIGNS,
    symbols=("InvalidChangeTrackerErrorCode", "SnapshotSaveFailure"),
    english=("error occurred while saving the snapshot … invalid change tracker error code",),
    causes=(
        Cause(
            "datastore_trouble",
            Text("The datastore of the snapshot is full, disconnected or failing."),
            (
                steps.SHOW_SPACE,
                Step(
                    Text("Check that every datastore of {vm} is available, also on its host."),
                    ("Get-Datastore -RelatedObject $vm | Format-Table Name, State, Accessible",),
                ),
                Step(
                    Text("Repair what VMware's article (below) names for this message; then wait for the next cycle."),
                    source=Source.MICROSOFT,
                    links=(links.KB_2042742,),
                ),
            ),
            (Check(evidence.DATASTORE_ACCESSIBLE), Check(evidence.DATASTORE_SPACE, Strength.EARLY)),
            source=Source.MICROSOFT,
        ),
    ),
    then=(steps.NEXT_CYCLE,),
)

SNAPSHOT_FILE_UNOPENABLE: Final = Failure(
    id="snapshot_file_unopenable",
    title=Text("The snapshot file could not be opened (UnableToOpenSnapshotFile)"),
    summary=Text("A snapshot could not be taken because its file does not fit in the datastore's free space."),
    since=Article.Y2022,
    signs=_SIGNS,
    symbols=("UnableToOpenSnapshotFile", "SnapshotCreationFailure"),
    english=("error occurred while taking a snapshot … unable to open the snapshot file",),
    causes=(
        Cause(
            "no_space",
            Text("The snapshot of {vm} is larger than the free space of its datastore."),
            (
                replace(steps.SHOW_SPACE, source=Source.MICROSOFT),
                Step(
                    Text("Or move {vm} to a datastore with more free space."),
                    ("Move-VM -VM $vm -Datastore (Get-Datastore | Where-Object Name -eq '<datastore>')",),
                    source=Source.MICROSOFT,
                    links=(links.SNAPSHOT_FILE,),
                ),
            ),
            (Check(evidence.DATASTORE_SPACE, Strength.EARLY),),
            source=Source.MICROSOFT,
        ),
    ),
    then=(steps.NEXT_CYCLE,),
)

VMWARE_GENERIC: Final = Failure(
    id="vmware_generic",
    title=Text("VMware reported an error (VMwareGenericFailure)"),
    summary=Text(
        "A code that wraps any VMware error. The text inside it identifies the failure; this entry applies only "
        "where that text is not a documented one."
    ),
    since=Article.Y2026,
    signs=_SIGNS,
    codes=(Code("1028", (Article.Y2026,)),),
    symbols=("VMwareGenericFailure",),
    causes=(
        Cause(
            "unlisted",
            Text("An error of VMware that the article does not list."),
            (
                Step(
                    Text(
                        "Read VMware's own message in the portal's error details of {vm}, and in vCenter's recent "
                        "tasks."
                    ),
                    (
                        (
                            "Get-VIEvent -Entity $vm -MaxSamples 50 | "
                            "Format-Table CreatedTime, FullFormattedMessage -Wrap"
                        ),
                    ),
                    source=Source.MICROSOFT,
                ),
                Step(
                    Text(
                        "Check whether one of its snapshot tasks hangs or failed, and whether host and datastore "
                        "are healthy."
                    ),
                    ("azure-migrate-exporter collect vsphere {vcenter}",),
                ),
                Step(
                    Text(
                        "Search VMware's knowledge base for that sentence; open a case with VMware support if none "
                        "helps."
                    ),
                    links=(links.VMWARE_GUIDE,),
                ),
            ),
            (Check(evidence.VCENTER, Strength.INDIRECT), Check(evidence.HOST_CONNECTION, Strength.INDIRECT)),
            source=Source.MICROSOFT,
        ),
    ),
    then=(steps.NEXT_CYCLE,),
    carrier=True,
)
