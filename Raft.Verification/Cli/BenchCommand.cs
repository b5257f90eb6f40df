using System.CommandLine;
using Raft.Verification.Coyote;

namespace Raft.Verification.Cli;

/// <summary><c>raft-verify bench</c>: how the engines compare.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var engines = new Command(
            "engines",
            "The embedded engine and Microsoft Coyote side by side: schedules a second, and schedules to find each of some seeded bugs.");
        EnginesCommand.Build(engines);
        return new Command("bench", "Measures and compares.") { engines };
    }
}
