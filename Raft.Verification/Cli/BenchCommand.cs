using System.CommandLine;

namespace Raft.Verification.Cli;

/// <summary><c>raft-verify bench</c>: compares the engines.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var engines = new Command(
            "engines",
            "Compares the embedded engine and Microsoft Coyote: schedules a second, and schedules to find each of some seeded bugs.");
        EnginesCommand.Build(engines);
        return new Command("bench", "Measures and compares.") { engines };
    }
}
