using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>
/// Sees every step of a node as it happens: for tracing, metrics or an audit. The node's loop calls it, so it must be quick. The arguments
/// belong to the node: do not change or keep them.
/// </summary>
/// <remarks>
/// If it throws, the node logs and counts that (<see cref="NodeCounters.ObserverFailures"/>), and continues.
/// </remarks>
public interface IRaftObserver
{
    /// <summary>The node started, with the state that its storage held.</summary>
    /// <param name="core">Its state.</param>
    void Started(RaftCore core);

    /// <summary>The node took a step. It has not done yet what the output says.</summary>
    /// <param name="core">Its state after the step.</param>
    /// <param name="input">What happened to it.</param>
    /// <param name="output">What it must do.</param>
    void Stepped(RaftCore core, Input input, Output output);
}
