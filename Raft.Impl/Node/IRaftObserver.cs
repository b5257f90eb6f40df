using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>
/// Sees every step of a node, as it happens: for tracing, for metrics, for an audit. It is called from the node's own loop, and must be
/// quick. What it is shown belongs to the node: look, but do not change or keep.
/// </summary>
/// <remarks>What it throws is logged and counted (<see cref="NodeCounters.ObserverFailures"/>); the node continues.</remarks>
public interface IRaftObserver
{
    /// <summary>The node started, with what its storage held.</summary>
    /// <param name="core">Its state.</param>
    void Started(RaftCore core);

    /// <summary>The node took a step; what the step demands has not been done yet.</summary>
    /// <param name="core">Its state after the step.</param>
    /// <param name="input">What happened to it.</param>
    /// <param name="output">What it must do.</param>
    void Stepped(RaftCore core, Input input, Output output);
}
