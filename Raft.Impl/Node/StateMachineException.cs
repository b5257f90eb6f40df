namespace Raft.Impl.Node;

/// <summary>
/// The state machine of a node failed, so the node has stopped (<see cref="RaftNode.Completion"/>): a server that cannot apply what is
/// committed must not answer.
/// </summary>
public sealed class StateMachineException : Exception
{
    /// <summary>Makes an exception.</summary>
    public StateMachineException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">What failed.</param>
    public StateMachineException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">What failed.</param>
    /// <param name="innerException">The failure of the state machine.</param>
    public StateMachineException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
