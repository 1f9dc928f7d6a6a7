-- What wixl has no words for, in the SQL of Windows Installer; one statement a paragraph. $VERSION and $UPGRADE_CODE
-- are those of product.wxs.

-- The actions that run only in a rollback: an executable (0x12) whose result does not count (0x40), deferred
-- (0x400), of a rollback (0x100), as LocalSystem (0x800).
UPDATE `CustomAction` SET `Type` = 3410 WHERE `Action` = 'UndoInstallService'

UPDATE `CustomAction` SET `Type` = 3410 WHERE `Action` = 'UndoPrepareUpdate'

-- An upgrade replaces a package of the same version too (0x200), and takes its features over (0x1).
DELETE FROM `Upgrade` WHERE `ActionProperty` = 'WIX_UPGRADE_DETECTED'

INSERT INTO `Upgrade` (`UpgradeCode`, `VersionMax`, `Attributes`, `ActionProperty`)
VALUES ('$UPGRADE_CODE', '$VERSION', 513, 'WIX_UPGRADE_DETECTED')

-- The old version goes within the transaction, after InstallInitialize (1500): if the new one fails, the old one is back.
UPDATE `InstallExecuteSequence` SET `Sequence` = 1501 WHERE `Action` = 'RemoveExistingProducts'

-- What a person says on the command line reaches the part of the installer that runs as LocalSystem.
UPDATE `Property`
SET `Value` = 'CONFIG_FILE;FIREWALL_REMOTE;LISTEN_ADDRESS;PURGE;WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED'
WHERE `Property` = 'SecureCustomProperties'

-- The command is found in every new terminal.
CREATE TABLE `Environment` (`Environment` CHAR(72) NOT NULL, `Name` CHAR(255) NOT NULL LOCALIZABLE,
`Value` CHAR(255) LOCALIZABLE, `Component_` CHAR(72) NOT NULL PRIMARY KEY `Environment`)

INSERT INTO `Environment` (`Environment`, `Name`, `Value`, `Component_`)
VALUES ('Path', '=-*PATH', '[~];[INSTALLDIR]', 'Settings')

INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('WriteEnvironmentStrings', 5200)

INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('RemoveEnvironmentStrings', 3300)
