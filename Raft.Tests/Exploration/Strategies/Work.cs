using DeterministicSimulation;

namespace Raft.Tests.Exploration.Strategies;

/// <summary>An operation of server 1 that does nothing.</summary>
internal sealed class Work(OperationKind kind) : Operation
{
    public override OperationKind Kind => kind;

    public override int Server => 1;

    public override void Run()
    {
    }
}
