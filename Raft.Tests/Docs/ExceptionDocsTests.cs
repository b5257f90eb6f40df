namespace Raft.Tests.Docs;

/// <summary>A caller of Raft.Impl learns from the comment of a member which exceptions it throws.</summary>
public sealed class ExceptionDocsTests
{
    // What the sources seem to throw, and why they do not.
    private static readonly Dictionary<string, string> _never = new()
    {
        ["SessionStateMachine.SnapshotAsync: ArgumentOutOfRangeException"] = "no number of a session is negative",
        ["TcpTransport.Send: InvalidOperationException"] = "a pipe without a threshold never waits",
        ["StorageImage.Apply: ArgumentOutOfRangeException"] = "a write whose entries do not follow the log is refused before",
    };

    [Fact]
    public void Every_exception_that_a_public_member_throws_is_in_its_comment()
    {
        var exceptions = ThrownExceptions.InSourcesOf(Repository.File("Raft.Impl"));
        var thrown = exceptions.PublicMembers
            .SelectMany(member => exceptions.Of(member).Select(type => (Member: member, Exception: type)))
            .ToArray();

        // Otherwise the sources were not read.
        Assert.True(thrown.Length >= 60, $"only {thrown.Length}");
        var missing = thrown
            .Where(pair => !exceptions.IsDocumented(pair.Member, pair.Exception))
            .Select(pair => $"{pair.Member.ContainingType.Name}.{pair.Member.Name}: {pair.Exception.Name}")
            .ToHashSet(StringComparer.Ordinal);
        var wanted = string.Join(Environment.NewLine, missing.Except(_never.Keys).Order(StringComparer.Ordinal));
        Assert.True(wanted.Length == 0, wanted);
        Assert.Superset(_never.Keys.ToHashSet(StringComparer.Ordinal), missing);
    }
}
