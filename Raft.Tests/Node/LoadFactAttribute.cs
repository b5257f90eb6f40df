namespace Raft.Tests.Node;

/// <summary>
/// A test of load at full size: it takes too long for every day. <c>RAFT_LOAD=1 dotnet test -c Release --filter Category=Load</c> runs
/// those, and only those.
/// </summary>
/// <remarks>Each such test has the trait <c>Category=Load</c>, and a smaller one of the same content beside it.</remarks>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LoadFactAttribute : FactAttribute
{
    public LoadFactAttribute() =>
        Skip = Environment.GetEnvironmentVariable("RAFT_LOAD") is null
            ? "It takes long. RAFT_LOAD=1 dotnet test -c Release --filter Category=Load runs it."
            : null;
}

/// <summary>Tests that measure time or memory: nothing runs beside them.</summary>
[CollectionDefinition("Load", DisableParallelization = true)]
public sealed class LoadCollection;
