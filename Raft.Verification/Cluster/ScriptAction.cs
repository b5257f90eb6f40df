namespace Raft.Verification.Cluster;

/// <summary>The actions of a script on a cluster, in addition to <see cref="DeterministicSimulation.ScriptStep.Converge"/>.</summary>
public static class ScriptAction
{
    /// <summary>Proposes a command to a server, without waiting for the answer.</summary>
    public const string Propose = "propose";

    /// <summary>Asks a server whether its service may answer a read, without waiting for the answer.</summary>
    public const string Read = "read";

    /// <summary>
    /// Asks a server to transfer its leadership to a second one, or to one that it chooses, without waiting for the answer.
    /// </summary>
    public const string Transfer = "transfer";

    /// <summary>Crashes a server, if it runs.</summary>
    public const string Crash = "crash";

    /// <summary>Starts a server, if it is down.</summary>
    public const string Start = "start";

    /// <summary>Cuts servers off from the others.</summary>
    public const string Partition = "partition";

    /// <summary>Opens all links.</summary>
    public const string Heal = "heal";
}
