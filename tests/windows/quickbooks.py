"""A COM server with the name and the methods of QuickBooks' request processor; the sandbox answers behind it.

    python quickbooks.py --register

Every call is handed on to the sandbox's door at $TIEOUT_SANDBOX (`HOST PORT TOKEN`), so Windows needs none of tieout here.
"""

import json
import os
import socket
import struct
import sys
import time

import pythoncom
import win32com.server.register
from win32com.server.exception import COMException

LENGTH = struct.Struct(">I")


class RequestProcessor:
    _reg_clsid_ = "{0D1E6B52-4E0C-4D6B-9A0B-6F4C2A7D9C11}"
    _reg_progid_ = "QBXMLRP2.RequestProcessor"
    _reg_desc_ = "tieout's sandbox as QuickBooks"
    _reg_clsctx_ = (
        pythoncom.CLSCTX_LOCAL_SERVER
        if os.environ.get("TIEOUT_COM") == "out of process"
        else pythoncom.CLSCTX_INPROC_SERVER
    )
    _public_methods_ = (
        "OpenConnection2",
        "CloseConnection",
        "BeginSession",
        "EndSession",
        "ProcessRequest",
        "GetCurrentCompanyFileName",
        "QBXMLVersionsForSession",
    )

    def __init__(self):
        self._door = None
        self._opened = {}

    def OpenConnection2(self, application_id, application_name, connection):
        host, port, token = os.environ["TIEOUT_SANDBOX"].split()
        self._door = socket.create_connection((host, int(port)))
        self._ask({"do": "hello", "token": token})

    def CloseConnection(self):
        self._door.close()

    def BeginSession(self, file, mode):
        if str(file).endswith("hangs.qbw"):
            time.sleep(60)
        if str(file).endswith("shared.qbw"):
            raise COMException(
                "A QuickBooks company data file is already open in another mode.", scode=-2147220464
            )
        self._opened = self._ask({"do": "open", "file": file})
        return self._opened["ticket"]

    def EndSession(self, ticket):
        self._ask({"do": "end"})

    def GetCurrentCompanyFileName(self, ticket):
        return self._opened["file"]

    def QBXMLVersionsForSession(self, ticket):
        return self._opened["versions"]

    def ProcessRequest(self, ticket, xml):
        return self._ask({"do": "process", "ticket": ticket, "xml": xml})["xml"]

    def _ask(self, message):
        content = json.dumps({"id": 0, **message}).encode()
        self._door.sendall(LENGTH.pack(len(content)) + content)
        answer = self._frame()
        while answer.get("more"):
            rest = self._frame()
            answer = {**rest, "xml": answer["xml"] + rest["xml"]}
        if "error" in answer:
            code = int(answer["error"]["hresult"], 16)
            raise COMException(answer["error"]["text"], scode=code - (1 << 32))
        return answer

    def _frame(self):
        (length,) = LENGTH.unpack(self._exactly(LENGTH.size))
        return json.loads(self._exactly(length))

    def _exactly(self, size):
        content = b""
        while len(content) < size:
            content += self._door.recv(size - len(content))
        return content


if __name__ == "__main__":
    sys.argv.append("--quiet")
    win32com.server.register.UseCommandLine(RequestProcessor)
