namespace Raft.Tests.Node;

/// <summary>
/// Tests that measure time or memory, or depend on real time: nothing runs beside them. Those at full size have the trait
/// <c>Category=Load</c>, and a smaller one of the same content beside them; <c>dotnet test -c Release --filter Category=Load</c> runs them.
/// </summary>
[CollectionDefinition("Load", DisableParallelization = true)]
public sealed class LoadCollection;
