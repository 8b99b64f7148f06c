# fence/rfc2 (shared), rustc 1.95.0 (59807616e 2026-04-14)
# %rdi: the folio (flags 0, mapping 24, sequence 40, page_type 48, refcount 52); %rsi: overlay or zone

slab_alloc:
    movl $1, 52(%rdi)
    orq $2, (%rdi)
    # compiler barrier
    movq %rsi, 24(%rdi)
    retq

set_owner_flag:
    orq $8, (%rdi)
    retq

clear_owner_flag:
    andq $-9, (%rdi)
    retq

slab_free:
    movq $0, 24(%rdi)
    # compiler barrier
    andq $-3, (%rdi)
    lock decl 52(%rdi)
    jne .L0
    movq 24(%rdi), %rax
    andl $3, %eax
    cmpl $2, %eax
    jne .L1
    movq $0, 24(%rdi)
.L1:
    cmpb $1, 4(%rsi)
    jne .L2
    movl $1, %ecx
.L3:
    xorl %eax, %eax
    lock cmpxchgl %ecx, (%rsi)
    jne .L4
    jmp .L2
.L5:
    pause
.L4:
    movl (%rsi), %eax
    testl %eax, %eax
    jne .L5
    jmp .L3
.L2:
    movl $-251658241, 48(%rdi)
    cmpb $0, 4(%rsi)
    je .L0
    movl $0, (%rsi)
.L0:
    retq

precheck:
    movq 24(%rdi), %rax
    andl $3, %eax
    cmpl $2, %eax
    jne .L0
    movq (%rdi), %rax
    testb $4, %al
    sete %al
    retq
.L0:
    xorl %eax, %eax
    retq

lock_movable:
    movq 24(%rdi), %rcx
    andl $3, %ecx
    movl $1, %eax
    cmpl $2, %ecx
    jne .L0
    # compiler barrier
    movq (%rdi), %rcx
    testb $2, %cl
    jne .L0
    # compiler barrier
    movq 24(%rdi), %rcx
    andl $3, %ecx
    cmpl $2, %ecx
    jne .L0
    lock btsq $0, (%rdi)
    movl $2, %eax
    jae .L1
.L0:
    retq
.L1:
    movq 24(%rdi), %rax
    movl %eax, %ecx
    andl $3, %ecx
    cmpl $2, %ecx
    setne %cl
    cmpq $4, %rax
    setb %al
    orb %cl, %al
    movl $3, %eax
    jne .L0
    movq (%rdi), %rcx
    testb $4, %cl
    jne .L0
    movq 24(%rdi), %rax
    andq $-4, %rax
    retq

isolate:
    movl 52(%rdi), %eax
    leaq -8(%rsp), %rdx
    xorl %ecx, %ecx
.L0:
    testl %eax, %eax
    je .L1
    leal 1(%rax), %r8d
    lock cmpxchgl %r8d, 52(%rdi)
    jne .L0
    movq 24(%rdi), %rax
    andl $3, %eax
    movl $1, %ecx
    cmpl $2, %eax
    jne .L2
    # compiler barrier
    movq (%rdi), %rax
    testb $2, %al
    jne .L2
    # compiler barrier
    movq 24(%rdi), %rdx
    andl $3, %edx
    cmpl $2, %edx
    jne .L3
    lock btsq $0, (%rdi)
    jae .L4
    movl $2, %ecx
.L2:
.L3:
    lock decl 52(%rdi)
    leaq -16(%rsp), %rdx
    jne .L5
.L6:
    movq %rax, %r8
    movq 24(%rdi), %rax
    andl $3, %eax
    cmpl $2, %eax
    jne .L7
    movq $0, 24(%rdi)
.L7:
    cmpb $1, 4(%rsi)
    jne .L8
    movl $1, %r9d
.L9:
    xorl %eax, %eax
    lock cmpxchgl %r9d, (%rsi)
    jne .L10
    jmp .L8
.L11:
    pause
.L10:
    movl (%rsi), %eax
    testl %eax, %eax
    jne .L11
    jmp .L9
.L1:
    xorl %eax, %eax
.L5:
    movq %rax, (%rdx)
    movq %rcx, %rax
    retq
.L8:
    movl $-251658241, 48(%rdi)
    cmpb $0, 4(%rsi)
    je .L12
    movl $0, (%rsi)
.L12:
    movq %r8, %rax
    movq %rax, (%rdx)
    movq %rcx, %rax
    retq
.L4:
    movq 24(%rdi), %rax
    movl %eax, %ecx
    andl $3, %ecx
    cmpl $2, %ecx
    setne %cl
    cmpq $4, %rax
    setb %al
    orb %cl, %al
    jne .L13
    movq (%rdi), %rax
    testb $4, %al
    jne .L13
    movq 24(%rdi), %rcx
    lock orq $4, (%rdi)
    andq $-4, %rcx
    movq (%rdi), %rax
    leaq -16(%rsp), %rdx
.L14:
    movq %rax, %rsi
    andq $-2, %rsi
    lock cmpxchgq %rsi, (%rdi)
    jne .L14
    jmp .L5
.L13:
    movq (%rdi), %rax
.L15:
    movq %rax, %rcx
    andq $-2, %rcx
    lock cmpxchgq %rcx, (%rdi)
    jne .L15
    movl $3, %ecx
    lock decl 52(%rdi)
    leaq -16(%rsp), %rdx
    je .L6
    jmp .L5
