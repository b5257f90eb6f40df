using System.CommandLine;

namespace Raft.Verification.Cli;

/// <summary><c>raft-verify bench</c>: how the engines compare.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        var engines = new Command("engines", "The embedded engine and Microsoft Coyote side by side: schedules a second, and schedules to find each of some seeded bugs.");
#if COYOTE
        Coyote.EnginesCommand.Build(engines);
#else
        engines.TreatUnmatchedTokensAsErrors = false;
        engines.SetAction(_ =>
        {
            Console.Error.WriteLine("raft-verify: 'bench engines' needs Microsoft Coyote, and this was built without it: build with -p:UseCoyote=true (docs/coyote.md)");
            return CommandLine.WrongUsage;
        });
#endif
        return new Command("bench", "Measures and compares.") { engines };
    }
}
