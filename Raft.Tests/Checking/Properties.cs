using FsCheck;
using Microsoft.FSharp.Core;

namespace Raft.Tests.Checking;

/// <summary>Property tests of the checker's parts, with the same cases each time.</summary>
internal static class Properties
{
    public static Config Config { get; } =
        FsCheck.Config.QuickThrowOnFailure.WithMaxTest(300)
            .WithReplay(FSharpOption<Replay>.Some(new Replay(new Rnd(2014, 7), FSharpOption<int>.None)));
}
