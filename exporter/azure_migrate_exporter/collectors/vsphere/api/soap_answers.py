"""SOAP answers, parsed with pyvmomi.

Stricter than pyvmomi, which takes an HTML page for an answer without a result. And more tolerant: pyvmomi discards an
answer of a thousand values because of one that it cannot parse; here that one becomes `Unreadable`.
"""

import io
from collections.abc import Mapping
from typing import Any, Final

from pyVmomi import vmodl
from pyVmomi.SoapAdapter import NS_SEP, SoapDeserializer, SoapResponseDeserializer
from pyVmomi.VmomiSupport import F_OPTIONAL, DataObject, GuessWsdlType

from azure_migrate_exporter.collectors.vsphere.api.values import Unreadable
from azure_migrate_exporter.network.answer import stranger
from azure_migrate_exporter.reasons import CheckError, Reason

_Property: Final = (vmodl.DynamicProperty, vmodl.query.PropertyCollector.Change)
"""Types with a property's value in `val`."""


def parse_answer(where: str, status: int, headers: Mapping[str, str], body: bytes, method: Any, stub: Any) -> Any:
    """The result of a call, whose description by pyvmomi is `method`. Managed objects in it are bound to `stub`.

    Raises the fault that vCenter answers, and `CheckError` for an answer against the API (protocol) and for one that is
    not vCenter's (see `network.answer.stranger`).
    """
    parser = _AnswerParser(stub, method.wsdlName)
    try:
        result = parser.Deserialize(io.BytesIO(body), method.result)  # type: ignore[no-untyped-call]
    except Exception as error:
        if not parser.is_soap:
            raise stranger(where, status, headers) from None
        if parser.isFault:
            raise _fault_without_details(parser.deser.root, parser.msg) from None
        problem = f"an answer of vCenter to {method.wsdlName} cannot be read ({_one_line(error)})"
        raise CheckError(Reason.PROTOCOL, problem) from error
    if not parser.is_soap:
        raise stranger(where, status, headers)
    if parser.isFault:
        raise result if isinstance(result, vmodl.MethodFault) else vmodl.MethodFault(msg=result.msg)
    absent = result is None and (method.result is type(None) or method.resultFlags & F_OPTIONAL)
    if not absent and not isinstance(result, method.result):
        problem = f"an answer of vCenter to {method.wsdlName} has no {method.result.__name__}"
        raise CheckError(Reason.PROTOCOL, problem)
    return result


def _fault_without_details(name: str, message: str) -> Exception:
    """A fault whose details pyvmomi cannot read, by the name of their element. Its class may be unknown too."""
    try:
        kind = GuessWsdlType(name.removesuffix("Fault"))
    except KeyError:
        kind = vmodl.MethodFault
    fault: Exception = (kind if issubclass(kind, vmodl.MethodFault) else vmodl.MethodFault)(msg=message)
    return fault


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


class _AnswerParser(SoapResponseDeserializer):
    """Parses one answer. `is_soap` is whether it is a fault or an answer to `method`."""

    def __init__(self, stub: Any, method: str) -> None:
        super().__init__(stub)  # type: ignore[no-untyped-call]
        self.deser: _TolerantDeserializer = _TolerantDeserializer(stub)  # type: ignore[no-untyped-call]
        self.is_soap = False
        self.isFault = False
        self.data = ""
        self._expected = f"{NS_SEP}{method}Response"

    def StartElementHandler(self, tag: str, attr: Any) -> None:  # noqa: N802 - pyvmomi's name
        self.is_soap = self.is_soap or tag == self.soapFaultTag or tag.endswith(self._expected)
        if self.is_soap:
            super().StartElementHandler(tag, attr)  # type: ignore[no-untyped-call]


class _TolerantDeserializer(SoapDeserializer):
    """Replaces the value of a property that cannot be parsed by `Unreadable`, and skips the rest of its elements.

    `root` is the name of the outermost element.
    """

    def Deserialize(self, *args: Any, **kwargs: Any) -> None:  # noqa: N802
        super().Deserialize(*args, **kwargs)  # type: ignore[no-untyped-call]
        self.root = ""
        self._depth = 0
        self._value: tuple[int, int] | None = None  # depth of the element `val`, and size of the stack outside it
        self._problem = ""

    def StartElementHandler(self, tag: str, attr: Any) -> None:  # noqa: N802
        name = tag.rpartition(NS_SEP)[2]
        self.root = self.root or name
        self._depth += 1
        if self._value is None and name == "val" and self.stack and isinstance(self.stack[-1], _Property):
            self._value = self._depth, len(self.stack)
        self._try(super().StartElementHandler, tag, attr)

    def EndElementHandler(self, tag: str) -> None:  # noqa: N802
        depth, self._depth = self._depth, self._depth - 1
        self._try(self._refuse_empty_list, tag.rpartition(NS_SEP)[2])
        self._try(super().EndElementHandler, tag)
        if self._value is not None and self._value[0] == depth:
            if self._problem:
                del self.stack[self._value[1] :]
                object.__setattr__(self.stack[-1], "val", Unreadable(self._problem))
            self._value, self._problem = None, ""

    def _refuse_empty_list(self, name: str) -> None:
        """Refuse what pyvmomi takes for any optional field: a list without elements, where the field is no list."""
        holder, value = self.stack[-2:] if len(self.stack) > 1 else (None, None)
        if isinstance(holder, DataObject) and isinstance(value, list) and not value:
            field = holder._GetPropertyInfo(name).type  # noqa: SLF001 - pyvmomi calls it public, in spite of its name
            if field is not object and not issubclass(field, list):
                raise TypeError(f'For "{name}" expected type {field.__name__}, but got an empty list')

    def _try(self, handler: Any, *args: Any) -> None:
        if self._problem:
            return
        try:
            handler(*args)
        except Exception as error:
            if self._value is None:
                raise
            self._problem = _one_line(error)
