#if !COYOTE
namespace Raft.Tests.Cli;

/// <summary><c>raft-verify bench</c>, built without Microsoft Coyote.</summary>
public sealed class BenchCommandTests
{
    [Theory]
    [InlineData]
    [InlineData("E1", "--budget", "10")]
    public void Without_Coyote_it_says_how_to_get_it(params string[] arguments)
    {
        var (status, output) = RaftVerify.Run(AppContext.BaseDirectory, ["bench", "engines", .. arguments]);

        Assert.Equal((2, "raft-verify: 'bench engines' needs Microsoft Coyote, and this was built without it: build with -p:UseCoyote=true (docs/coyote.md)"), (status, output.TrimEnd()));
    }
}
#endif
