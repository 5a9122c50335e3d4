// Calls every method of a server, as a .NET program does that was made from the server's description. Arguments: URL, user,
// password. Prints one line for each thing that the test looks at.
using System;
using System.Text;

class Client
{
    static void Main(string[] arguments)
    {
        Console.OutputEncoding = new UTF8Encoding(false);
        var server = new WebConnector { Url = arguments[0] };
        Say("server", server.serverVersion());
        Say("client", server.clientVersion("2.3.0.215"));
        var refused = server.authenticate(arguments[1], "wrong");
        Say("refused", refused.Length + " " + refused[1]);

        var failed = server.authenticate(arguments[1], arguments[2])[0];
        Say("interactive", server.getInteractiveURL(failed, "1"));
        Say("interactive done", server.interactiveDone(failed));
        Say("interactive rejected", server.interactiveRejected(failed, "nobody is here"));
        Say("connection error", server.connectionError(failed, "0x80040420", "The user refused."));
        Say("failed", server.closeConnection(failed));

        var entered = server.authenticate(arguments[1], arguments[2]);
        Say("entered", entered.Length + " " + (entered[1] == null ? "null" : "[" + entered[1] + "]"));
        Say("request", server.sendRequestXML(entered[0], "", "C:\\Bücher & Söhne.qbw", "US", 16, 0));
        var answer = new StringBuilder("<?xml version=\"1.0\" ?><QBXML>");
        for (var number = 0; number < 200000; number++)
            answer.Append("<CustomerRet><Name>Bücher &amp; Söhne</Name></CustomerRet>\n");
        answer.Append("</QBXML>");
        Say("percent", server.receiveResponseXML(entered[0], answer.ToString(), "", "").ToString());
        Say("last error", server.getLastError(entered[0]));
        Say("closed", server.closeConnection(entered[0]));
    }

    static void Say(string what, string told)
    {
        Console.WriteLine(what + ": " + told);
    }
}
