"""Errors of the replication key vault. Projects made since 2024 have none of it."""

from typing import Final

from azure_migrate_exporter.failures import evidence
from azure_migrate_exporter.failures.data import path, steps
from azure_migrate_exporter.failures.model import (
    Article,
    Cause,
    Check,
    Code,
    Failure,
    Projects,
    Source,
    Step,
    Strength,
    Text,
)

_SIGNS: Final = (Check(evidence.VAULT_AUDIT),)

_CHECK_POLICY: Final = Step(
    Text(
        en="In the portal, open the vault {keyvault} > Access policies and look for the signed-in user. If it has a "
        "policy with storage permissions, the user is a remote principal; if it has none, another user created the "
        "vault.",
        fr="Dans le portail, ouvrez le coffre {keyvault} > Stratégies d'accès et cherchez l'utilisateur connecté. S'il "
        "a une stratégie avec des autorisations de stockage, c'est un principal distant ; s'il n'en a pas, un autre "
        "utilisateur a créé le coffre.",
    ),
    ("(Get-AzKeyVault -VaultName {keyvault}).AccessPolicies | Format-List DisplayName, PermissionsToStorage",),
    Source.MICROSOFT,
)
_REMOTE_PRINCIPAL: Final = Cause(
    "remote_principal",
    Text(
        en="The person who enabled replication is a remote principal in the customer's tenant (a CSP partner's "
        "administrator), so the access policy that the portal created for that person does not work.",
        fr="La personne qui a activé la réplication est un principal distant dans le locataire du client "
        "(l'administrateur d'un partenaire CSP) : la stratégie d'accès que le portail lui a créée ne fonctionne pas.",
    ),
    (
        _CHECK_POLICY,
        Step(
            Text(
                en="Use a user of the customer's own tenant, or create one, and assign it Owner (or Contributor and "
                "User Access Administrator) on the resource group of the Migrate project.",
                fr="Prenez un utilisateur du locataire du client, ou créez-en un, et donnez-lui Propriétaire (ou "
                "Contributeur et Administrateur de l'accès utilisateur) sur le groupe de ressources du projet "
                "Migrate.",
            ),
            (
                (
                    "New-AzRoleAssignment -SignInName '<user>' -RoleDefinitionName 'Owner' "
                    "-ResourceGroupName '<resource group>'"
                ),
            ),
            source=Source.MICROSOFT,
        ),
        Step(
            Text(
                en="Delete the vault {keyvault}, but only while no machine replicates with it. The project's lock "
                "(CanNotDelete) may have to be lifted first.",
                fr="Supprimez le coffre {keyvault}, mais seulement si aucune machine ne réplique encore avec lui. Il "
                "faut peut-être lever d'abord le verrou du projet (CanNotDelete).",
            ),
            ("Remove-AzKeyVault -VaultName {keyvault} -ResourceGroupName '<resource group>'",),
            source=Source.MICROSOFT,
        ),
        Step(
            Text(
                en="A deleted vault keeps its name, which the portal needs again: purge it. That cannot be undone.",
                fr="Un coffre supprimé garde son nom, que le portail voudra reprendre : purgez-le. C'est irréversible.",
            ),
            ("Remove-AzKeyVault -VaultName {keyvault} -InRemovedState -Location '<region>'",),
        ),
        Step(
            Text(
                en="Sign out of the portal, sign in as that user and enable replication again.",
                fr="Déconnectez-vous du portail, connectez-vous avec cet utilisateur et activez de nouveau la "
                "réplication.",
            ),
            source=Source.MICROSOFT,
        ),
    ),
    source=Source.MICROSOFT,
)
_OTHER_USER: Final = Cause(
    "other_user",
    Text(
        en="The vault was created in an earlier attempt by another user; the current user has no access policy in it.",
        fr="Le coffre a été créé lors d'une tentative précédente par un autre utilisateur ; l'utilisateur actuel "
        "n'y a pas de stratégie d'accès.",
    ),
    (
        _CHECK_POLICY,
        Step(
            Text(
                en="Give the current user the storage permissions of the vault {keyvault}.",
                fr="Donnez à l'utilisateur actuel les autorisations de stockage du coffre {keyvault}.",
            ),
            (
                "$userId = (Get-AzADUser -UserPrincipalName '<user>').Id",
                (
                    "Set-AzKeyVaultAccessPolicy -VaultName {keyvault} -ObjectId $userId -PermissionsToStorage "
                    "get,list,delete,set,update,regeneratekey,getsas,listsas,deletesas,setsas,recover,backup,restore,purge"
                ),
            ),
            source=Source.MICROSOFT,
        ),
        Step(
            Text(
                en="Enable replication again as that user.",
                fr="Activez de nouveau la réplication avec cet utilisateur.",
            ),
            source=Source.MICROSOFT,
        ),
    ),
    source=Source.MICROSOFT,
)
_VAULT_NETWORK: Final = Cause(
    "vault_network",
    Text(
        en="The vault's network rules block the caller (reported by users; not in the article).",
        fr="Les règles réseau du coffre excluent l'appelant (signalé par des utilisateurs ; absent de l'article).",
    ),
    (
        Step(
            Text(
                en="Check the vault's rules; where they allow virtual networks, add the service endpoint "
                "Microsoft.KeyVault to the caller's subnet (portal: Virtual network > Subnets).",
                fr="Regardez les règles du coffre ; si elles admettent des réseaux virtuels, ajoutez le point de "
                "terminaison de service Microsoft.KeyVault au sous-réseau de l'appelant (portail : Réseau virtuel > "
                "Sous-réseaux).",
            ),
            ("(Get-AzKeyVault -VaultName {keyvault}).NetworkAcls",),
        ),
    ),
    (Check(evidence.KEYVAULT, Strength.INDIRECT),),
)
_CAUSES: Final = (_REMOTE_PRINCIPAL, _OTHER_USER, _VAULT_NETWORK)

KEY_VAULT_CONFIGURE_STORAGE: Final = Failure(
    id="key_vault_configure_storage",
    title=Text(
        en="Key Vault: the managed storage account could not be configured",
        fr="Key Vault : le compte de stockage managé n'a pas pu être configuré",
    ),
    summary=Text(
        en="When replication is enabled, the key vault takes over the management of the storage accounts' keys. The "
        "signed-in user lacks the storage permissions for it.",
        fr="À l'activation de la réplication, le coffre de clés prend en charge les clés des comptes de stockage. "
        "L'utilisateur connecté n'a pas les autorisations de stockage nécessaires.",
    ),
    since=Article.Y2020,
    signs=_SIGNS,
    symbols=("ConfigureManagedStorageAccount",),
    english=("configure managed storage account",),
    french=("configurer un compte de stockage managé",),
    causes=_CAUSES,
    projects=Projects.LEGACY,
)

KEY_VAULT_GENERATE_SAS: Final = Failure(
    id="key_vault_generate_sas",
    title=Text(
        en="Key Vault: the shared access signature could not be defined",
        fr="Key Vault : la définition de signature d'accès partagé n'a pas pu être générée",
    ),
    summary=Text(
        en="When replication is enabled, the key vault is configured to issue access tokens for the storage accounts. "
        "The signed-in user lacks the storage permissions for it.",
        fr="À l'activation de la réplication, le coffre de clés doit émettre des jetons d'accès aux comptes de "
        "stockage. L'utilisateur connecté n'a pas les autorisations de stockage nécessaires.",
    ),
    since=Article.Y2020,
    signs=_SIGNS,
    symbols=("GenerateSasDefinition",),
    english=("generate shared access signature definition",),
    french=("générer une définition de signature d'accès partagé",),
    causes=_CAUSES,
    projects=Projects.LEGACY,
)

_HYPERV_RECOVERY_MANAGER: Final = "b8340c3b-9267-498f-b21a-15d5547fd85e"
"""Application id of the service in the public cloud (US Government has another)."""

KEY_VAULT_PERMISSIONS: Final = Failure(
    id="key_vault_permissions",
    title=Text("Key Vault: the service or the appliance lacks permissions (InsufficientPermissionsOnKeyVault)"),
    summary=Text(
        "Replication reads the storage account's keys from the key vault. The service's or the appliance's access "
        "to it was removed, or a policy, a certificate or the network blocks it."
    ),
    since=Article.Y2026,
    signs=_SIGNS,
    codes=(Code("1039", (Article.Y2026,)),),
    symbols=("InsufficientPermissionsOnKeyVault",),
    causes=(
        Cause(
            "service_permissions",
            Text("The service (application Hyper-V Recovery Manager) has no access policy in the vault {keyvault}."),
            (
                Step(
                    Text(
                        "Give it the storage permissions. In US Government the application has another id: look it "
                        "up by its name."
                    ),
                    (
                        "Get-AzADServicePrincipal -DisplayName 'Hyper-V Recovery Manager'",
                        (
                            f"Set-AzKeyVaultAccessPolicy -VaultName {{keyvault}} -ServicePrincipalName "
                            f"'{_HYPERV_RECOVERY_MANAGER}' -PermissionsToStorage "
                            "get,list,delete,set,update,regeneratekey,getsas,listsas,deletesas,setsas,recover,backup,restore"
                        ),
                    ),
                    source=Source.MICROSOFT,
                ),
            ),
            source=Source.MICROSOFT,
        ),
        Cause(
            "appliance_permissions",
            Text(
                "The appliance's application (its name ends in authandaccessaadapp) has no access policy, or its "
                "certificate has expired or is not installed on the appliance."
            ),
            (
                Step(
                    # The documents give the list, not the kind; only storage knows both set and update.
                    Text("Find the application and restore its permissions."),
                    (
                        (
                            "Get-AzADServicePrincipal -DisplayNameBeginsWith '<appliance name>' | Format-Table "
                            "DisplayName, Id"
                        ),
                        (
                            "Set-AzKeyVaultAccessPolicy -VaultName {keyvault} -ObjectId '<id>' -PermissionsToStorage "
                            "get,list,set,update,delete,recover,backup,restore"
                        ),
                    ),
                    source=Source.MICROSOFT,
                ),
                Step(
                    Text(
                        "On the appliance {appliance}, check that the application's certificate is installed and valid."
                    ),
                    ("Get-ChildItem Cert:\\LocalMachine\\My | Format-Table Subject, NotAfter",),
                    source=Source.MICROSOFT,
                ),
            ),
            source=Source.MICROSOFT,
        ),
        Cause(
            "policy",
            Text("An Azure Policy forbids the access, or removed it."),
            (
                Step(
                    Text("Look for policies that apply to the vault and exempt it where needed."),
                    (
                        (
                            "Get-AzPolicyState -ResourceId (Get-AzKeyVault -VaultName {keyvault}).ResourceId | "
                            "Format-Table PolicyDefinitionName, ComplianceState"
                        ),
                    ),
                    source=Source.MICROSOFT,
                ),
            ),
            source=Source.MICROSOFT,
        ),
        path.KEY_VAULT,
    ),
    then=(steps.NEXT_CYCLE,),
    projects=Projects.LEGACY,
)
