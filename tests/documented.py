"""Every documented error as Azure sends it: recognised by tests, and sent by the lab."""

# ruff: noqa: RUF001 - French typography is what is tested

ARTICLE = (
    "key_vault_configure_storage",
    "key_vault_generate_sas",
    "dispose_artefacts_timed_out",
    "disk_upload_timed_out",
    "fetch_changed_blocks",
    "server_refused_connection",
    "invalid_snapshot_configuration",
    "snapshot_hung",
    "consolidate_disks_failed",
    "another_task_in_progress",
    "operation_not_allowed",
    "snapshot_disk_size_invalid",
    "nfc_out_of_memory",
)
"""Ids of the rows of the article of 2020, in its order."""
_STATE = (
    "'['Gateway.Service.StateMachine.SnapshotReplication.SnapshotReplicationEngine+"
    "WaitingForArtefactsDisposalPreCycle' ('WaitingForArtefactsDisposalPreCycle')]'."
)

ENGLISH = [
    (
        "key_vault_configure_storage",
        (
            "Key Vault operation failed. Operation: Configure managed storage account, Key Vault: migratekv1, "
            "Storage Account: migratelsa1 failed with the error:"
        ),
    ),
    (
        "key_vault_generate_sas",
        (
            "Key Vault operation failed. Operation: Generate shared access signature definition, Key Vault: "
            "migratekv1, Storage Account: migratelsa1 failed with the error:"
        ),
    ),
    (
        "dispose_artefacts_timed_out",
        f"VM: web01. Error: Encountered timeout event 'DisposeArtefactsTimeout' in the state {_STATE}",
    ),
    (
        "dispose_artefacts_timed_out",
        f"VM: web01. Error: Encountered timeout event 'DisposeArtefactsTimeout' in the state &{_STATE}",
    ),
    (
        "disk_upload_timed_out",
        (
            "The upload of data for disk [ds1] web01/web01.vmdk, 6000C29 of virtual machine web01; 5015f6d8 didn't "
            "complete within the expected time."
        ),
    ),
    ("fetch_changed_blocks", "Encountered an error while trying to fetch change blocks"),
    ("fetch_changed_blocks", "Encountered an error while trying to fetch changed blocks"),
    ("server_refused_connection", "An internal error occurred. [Server Refused Connection]"),
    (
        "invalid_snapshot_configuration",
        "An internal error occurred. ['An Invalid snapshot configuration was detected.']",
    ),
    ("snapshot_hung", "An internal error occurred. [Generate Snapshot Hung]"),
    ("consolidate_disks_failed", "An internal error occurred. [Failed to consolidate the disks on VM [Reasons]]"),
    ("another_task_in_progress", "An internal error occurred. [Another task is already in progress]"),
    ("operation_not_allowed", "An internal error occurred. [Operation not allowed in current state]"),
    ("snapshot_disk_size_invalid", "An internal error occurred. [Snapshot Disk size invalid]"),
    ("nfc_out_of_memory", "An internal error occurred. [Memory allocation failed. Out of memory.]"),
    (
        "nfc_out_of_memory",
        (
            "GatewayErrorHandling.GatewayServiceException: The operation failed with the error 'Memory allocation "
            "failed. Out of memory.'"
        ),
    ),
    (
        "host_connection_refused",
        "The Azure Migrate appliance is unable to connect to the vSphere host 'esx01.example.com;'",
    ),
    (
        "no_disk_snapshots",
        "VM: 'web01'. Error: No disksnapshots were found for the snapshot replication with snapshot ID: 'ab-1'.",
    ),
    ("snapshots_present", "Cannot replicate this virtual machine with current VMware configuration."),
    (
        "file_too_large",
        "An internal error occurred. [File is larger than maximum file size supported (1012384)]",
    ),
    ("cannot_connect_to_host", "An internal error occurred. [Cannot connect to the host (1004109)]"),
    (
        "change_tracker_save_failed",
        "An error occurred while saving the snapshot: Invalid change tracker error code",
    ),
    (
        "snapshot_file_unopenable",
        "An error occurred while taking a snapshot: Unable to open the snapshot file.",
    ),
    (
        "test_migration_missing",
        "No successful test migration has been done on the virtual machine 'web01'.",
    ),
]
"""What Azure says, in English: (failure id, message)."""

FRENCH = [
    (
        "key_vault_configure_storage",
        (
            "L’opération de Key Vault a échoué. Opération : Configurer un compte de stockage managé, Key Vault : "
            "Key-vault-name, Compte de stockage : nom du compte de stockage a échoué avec l’erreur :"
        ),
    ),
    (
        "key_vault_generate_sas",
        (
            "L’opération de Key Vault a échoué. Opération : Générer une définition de signature d’accès partagé, Key "
            "Vault : Key-vault-name, Compte de stockage : nom du compte de stockage a échoué avec l’erreur :"
        ),
    ),
    (
        "dispose_artefacts_timed_out",
        (
            "MV : VMName. Erreur : Événement d’expiration du délai « DisposeArtefactsTimeout » rencontré dans l’état "
            f"&{_STATE}"
        ),
    ),
    (
        "disk_upload_timed_out",
        (
            "Le chargement des données du disque DiskPath, DiskId de la machine virtuelle VMName, VMId ne s’est pas "
            "terminé dans le délai imparti."
        ),
    ),
    (
        "fetch_changed_blocks",
        "Une erreur s’est produite lors de la tentative de récupération des blocs modifiés",
    ),
    ("server_refused_connection", "Une erreur interne s’est produite. [Connexion refusée par le serveur]"),
    (
        "invalid_snapshot_configuration",
        "Une erreur interne s’est produite. [« Une configuration d’instantané non valide a été détectée. »]",
    ),
    ("snapshot_hung", "Une erreur interne s’est produite. [Suspension de la génération de l’instantané]"),
    (
        "consolidate_disks_failed",
        (
            "Une erreur interne s’est produite. [Échec de la consolidation des disques sur les machines virtuelles "
            "[Raisons]]"
        ),
    ),
    ("another_task_in_progress", "Une erreur interne s’est produite. [Une autre tâche est déjà en cours]"),
    ("operation_not_allowed", "Une erreur interne s’est produite. [Opération non autorisée dans l’état actuel]"),
    ("snapshot_disk_size_invalid", "Une erreur interne s’est produite. [Taille du disque d’instantané non valide]"),
    (
        "nfc_out_of_memory",
        "Une erreur interne s’est produite. [L’allocation de mémoire a échoué. Mémoire insuffisante.]",
    ),
]
"""The same in French, for the failures of the article of 2020."""

CODES = [
    ("181008", "dispose_artefacts_timed_out"),
    ("1010", "disk_upload_timed_out"),
    ("1011", "disk_upload_timed_out"),
    ("1012", "disk_download_timed_out"),
    ("1003", "replication_component_timed_out"),
    ("1022", "host_connection_refused"),
    ("1018", "change_tracking_reset"),
    ("31453", "snapshots_present"),
    ("563", "change_id_unavailable"),
    ("566", "no_disk_snapshots"),
    ("1023", "physical_mode_disk"),
    ("508", "resync_snapshot_missing"),
    ("572", "consolidate_disks_failed"),
    ("542", "storage_account_not_found"),
    ("587", "state_container_not_found"),
    ("633", "snapshot_operations_throttled"),
    ("1039", "key_vault_permissions"),
    ("1028", "vmware_generic"),
    ("110084", "test_migration_missing"),
    ("110070", "target_name_taken"),
    ("110133", "target_name_taken"),
    ("110135", "target_name_taken"),
    ("110088", "boot_diagnostics_account_unavailable"),
    ("110034", "vcenter_privileges_missing"),
    ("31475", "vcenter_privileges_missing"),
]
"""(code, the failure that it stands for when nothing else is known)."""

SYMBOLS = [
    ("KeyVaultOperationFailed: ConfigureManagedStorageAccount", "key_vault_configure_storage"),
    ("KeyVaultOperationFailed: GenerateSasDefinition", "key_vault_generate_sas"),
    ("181008:DisposeArtefactsTimedOut", "dispose_artefacts_timed_out"),
    ("DisposeArtefactsTimedOut", "dispose_artefacts_timed_out"),
    ("1011:DiskUploadTimedOut", "disk_upload_timed_out"),
    ("1012:DiskDownloadTimeout", "disk_download_timed_out"),
    ("1003:SnapshotReplicationComponentTimeOut", "replication_component_timed_out"),
    ("1022:HostConnectionRefused", "host_connection_refused"),
    ("FetchChangedBlocksFailed", "fetch_changed_blocks"),
    ("1018:ChangeBlockTrackingReset", "change_tracking_reset"),
    ("ProtectionReadinessError", "snapshots_present"),
    ("563:DiskSnapshotChangeIdIsNotAvailable", "change_id_unavailable"),
    ("566:NoDiskSnapshotsFound", "no_disk_snapshots"),
    ("1023:SnapshotDiskAttachedInPhysicalMode", "physical_mode_disk"),
    ("508:ResyncSnapshotDoesNotExist", "resync_snapshot_missing"),
    ("572:ConsolidateDisksFailed", "consolidate_disks_failed"),
    ("InternalError:FailedToConsolidateDisks", "consolidate_disks_failed"),
    ("542:StorageAccountNotFound", "storage_account_not_found"),
    ("587:StateContainerNotFound", "state_container_not_found"),
    ("633:SubscriptionSnapshotOperationThrottled", "snapshot_operations_throttled"),
    ("1039:InsufficientPermissionsOnKeyVault", "key_vault_permissions"),
    ("InternalError:Server Refused Connection", "server_refused_connection"),
    ("InternalError:InvalidSnapshotConfiguration", "invalid_snapshot_configuration"),
    ("InternalError:GenerateSnapshotHung", "snapshot_hung"),
    ("InternalError:AnotherTaskInProgress", "another_task_in_progress"),
    ("InternalError:OperationNotAllowedInCurrentState", "operation_not_allowed"),
    ("InternalError:SnapshotDiskSizeInvalid", "snapshot_disk_size_invalid"),
    ("InternalError:MemoryAllocationFailed", "nfc_out_of_memory"),
    ("InternalError:FileLargerThanMaxSupported", "file_too_large"),
    ("InternalError:CannotConnectToHost", "cannot_connect_to_host"),
    ("InvalidChangeTrackerErrorCode: SnapshotSaveFailure", "change_tracker_save_failed"),
    ("UnableToOpenSnapshotFile: SnapshotCreationFailure", "snapshot_file_unopenable"),
    ("1028:VMwareGenericFailure", "vmware_generic"),
]
"""What the newest article writes beside or instead of a number: (symbol, failure id)."""
