"""The files of the package as wixl wants them listed: each a component of its own, named after its path."""

import hashlib
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from generate.msi.stage import LAUNCHER

_NAMESPACE: Final = "http://schemas.microsoft.com/wix/2006/wi"


def file_list(stage: Path) -> bytes:
    """The content of `files.wxs`: the tree below `stage`, sorted."""
    root = ET.Element("Wix", xmlns=_NAMESPACE)
    folders = ET.SubElement(ET.SubElement(root, "Fragment"), "DirectoryRef", Id="INSTALLDIR")
    components: list[str] = []
    _list_folder(folders, stage, Path(), components)
    group = ET.SubElement(ET.SubElement(root, "Fragment"), "ComponentGroup", Id="Files")
    for component in components:
        ET.SubElement(group, "ComponentRef", Id=component)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _list_folder(element: ET.Element, stage: Path, folder: Path, components: list[str]) -> None:
    for path in sorted((stage / folder).iterdir(), key=lambda path: path.name):
        relative = folder / path.name
        name = identifier(relative)
        if path.is_dir():
            below = ET.SubElement(element, "Directory", Id=f"d{name}", Name=path.name)
            _list_folder(below, stage, relative, components)
            continue
        component = ET.SubElement(element, "Component", Id=f"c{name}", Guid="*", Win64="yes")
        file = "launcher" if relative == Path(LAUNCHER) else f"f{name}"
        ET.SubElement(component, "File", Id=file, Source=str(relative), Name=path.name, KeyPath="yes")
        components.append(f"c{name}")


def identifier(path: Path) -> str:
    """A name of a file in the tables of the package, the same in every version."""
    return hashlib.sha256(path.as_posix().encode()).hexdigest()[:20]
